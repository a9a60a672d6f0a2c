#pragma once

/// Signals by which somebody or something may ask a program to end, and what is said of them. Needs
/// nothing of the program's libraries, so that it is there before these are.
namespace leakprobe::cli {

/// Whether `signal` asks: a closed terminal, a scheduler before its time limit (Slurm's --signal
/// may be any), a limit on processor time, a failing power supply, a timer. Those are all that end
/// a program unless it listens, but for what cannot be heard and what a fault of the program
/// raises.
bool asks_to_end(int signal);

/// What a person at a terminal types: a second time it ends the program at once.
bool is_typed(int signal);

/// Whoever started the program decided that it should not hear it, as nohup and a shell's
/// background jobs do.
bool is_ignored(int signal);

// What a signal handler may call: no streams, no allocation.

void say(const char* text);
/// "\nleakprobe: asked to end by SIGTERM: "
void say_who_asks(int signal);

/// Until somebody listens in another way: such a signal ends the program with kInterrupted and
/// says that nothing was begun.
void end_unbegun_on_signals();

}  // namespace leakprobe::cli
