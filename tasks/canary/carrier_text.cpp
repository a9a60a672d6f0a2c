#include "carrier.h"

namespace leakprobe::canary {

const std::string_view kOwnText =
    R"(The keeper walks along the wall at dawn. He counts the lamps and puts them out.
Rain came down the hill all night. In the morning the yard was a pond.
A boat lay at the pier with its sails down. Nobody had seen who brought it.
The baker opens before the others. Her bread is gone by nine.
Two children built a tower of boxes. It stood until the dog came.
We mended the roof in autumn. It still lets in the wind from the north.
The bell is rung at noon and in the evening. On feast days it is rung longer.
An old map hangs in the hall. It shows a road that is no longer there.
The miller has three sons and one mule. The mule does most of the work.
Snow lay on the steps. She swept them twice before breakfast.
The ferry goes when there are six to carry. Today we waited for an hour.
He plays the fiddle badly but loudly. The neighbours have learned to like it.
The well behind the house never runs dry. Its water tastes of iron.
My aunt keeps bees under the plum trees. She says that they know her voice.
The market moved to the square by the river. There is more room and less shade.
A letter lay under the door for a week. It was for the people who lived here before.
The guard at the bridge reads all day. He looks up when a cart comes by.
They painted the school yellow. From the hill it looks like a slice of cheese.
The train was late and then it was full. We stood as far as the border.
Apples are stored in the cellar on straw. One bad one spoils the rest.
The doctor comes on Tuesdays. On other days we ask the smith.
Her hat flew over the fence into the garden. The goat was quicker than she was.
The clock in the tower is slow. Everyone in town is late by the same ten minutes.
A fox crossed the field at dusk. The hens were already inside.
The carpenter measures once and cuts twice. His tables all have short legs.
Fog hides the harbour until ten. Then the gulls begin to shout.
We planted beans along the south wall. They were taller than the door by June.
The library closes when the light goes. Nobody wants candles near the books.
An inn stood where the roads meet. Only its sign is left.
The teacher sang with them every morning. Some of them remember the songs.
A cart lost its wheel on the hill. The cabbages rolled down to the church.
The painter works on the north side of the house. The light is even there.
Grandfather never locked his shed. There was nothing in it but rope.
The river is low in August. You can cross it on the stones.
They say that the cellar leads to the sea. Nobody has followed it so far.
The tailor sews by the window. He knows who passes and when.
A storm took the tops off the poplars. The nests were empty by then.
The cook salts the soup before she tastes it. We drink a lot of water.
The new lamp is brighter than the old one. Moths come from across the valley.
He carried the piano up with four friends. It has been out of tune ever since.
The orchard belongs to the whole street. Each house has a tree of its own.
Wolves were heard in the winter of the long frost. Nobody saw one.
The post is sorted in the back of the shop. It smells of coffee and paper.
She learned to swim in the mill pond. The water was green and cold.
The stairs creak at the third step. The cat has learned to jump over it.
A wedding passed by with drums. We left the table to look.
The shepherd knows each sheep by its walk. To us they are all the same.
Mist rose from the meadow after the rain. The cows stood in it like ships.
The potter throws away more than he sells. The yard is paved with shards.
We sat by the fire and told the old stories. The youngest slept through them.
The street was named after a general. He had never been here.
A kite hung in the lime tree for a year. Then the wind took it further.
The cheese must lie for sixty days. We never waited that long.
The fisherman mends his nets on Sunday. He talks to them as he works.
There is a bench at the end of the path. From there you can see three villages.
The roof of the barn is red. Pilots use it to find their way.
Her garden has no fence. The deer come and go as they like.
The mayor speaks slowly and for a long time. The chairs are hard on purpose.
A candle burned in the upper window. It was for those out at sea.
The pump in the yard froze again. We melted snow for the tea.
The road was mended with stones from the castle. It is the best road in the county.
He wrote his name on the wall behind the stove. It was found when the house was sold.
The geese left early this year. The old people bought more wood.
A path runs round the lake. It takes an hour, or two with children.
)";

}  // namespace leakprobe::canary
