# What reports are made with, in share/leakprobe/report of the build tree and of the installation:
# the page's parts, the renderer's script, and what `./dev setup` put into .deps/figures (vega.js for
# the page, the Python package vl_convert for SVG and PNG). Without the latter leakprobe says so.

set(LEAKPROBE_FIGURES "${PROJECT_SOURCE_DIR}/.deps/figures" CACHE PATH
    "Folder with vega.js and the Python package vl_convert")
set(report_folder "${PROJECT_BINARY_DIR}/share/leakprobe/report")
set(report_files "${PROJECT_SOURCE_DIR}/tools/render_figures.py")
foreach(name report.html report.css report.js theme.json)
  list(APPEND report_files "${PROJECT_SOURCE_DIR}/core/src/report/html/${name}")
endforeach()

file(MAKE_DIRECTORY "${report_folder}")
set(report_copies)
foreach(file IN LISTS report_files)
  cmake_path(GET file FILENAME name)
  add_custom_command(OUTPUT "${report_folder}/${name}"
    COMMAND "${CMAKE_COMMAND}" -E copy "${file}" "${report_folder}/${name}"
    DEPENDS "${file}" VERBATIM)
  list(APPEND report_copies "${report_folder}/${name}")
endforeach()
add_custom_target(leakprobe_report_files ALL DEPENDS ${report_copies})
install(FILES ${report_files} DESTINATION share/leakprobe/report)

if(EXISTS "${LEAKPROBE_FIGURES}/vega.js")
  file(CREATE_LINK "${LEAKPROBE_FIGURES}/vega.js" "${report_folder}/vega.js" SYMBOLIC)
  install(FILES "${LEAKPROBE_FIGURES}/vega.js" DESTINATION share/leakprobe/report)
endif()
if(EXISTS "${LEAKPROBE_FIGURES}/vl_convert")
  file(CREATE_LINK "${LEAKPROBE_FIGURES}" "${report_folder}/python" SYMBOLIC)
  install(DIRECTORY "${LEAKPROBE_FIGURES}/vl_convert" DESTINATION share/leakprobe/report/python)
endif()
