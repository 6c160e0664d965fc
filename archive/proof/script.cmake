# script.cmake: makes OUT, a C file with the bytes of IN. cmake -DIN=... -DOUT=... -P script.cmake
file(READ ${IN} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n\t" bytes "${bytes}")
file(WRITE ${OUT} "/* Made of ${NAME}. */
#include \"archive/proof/prove.h\"

const unsigned char wv_check_script[] = {
	${bytes}
};
const size_t wv_check_script_bytes = sizeof(wv_check_script);
")
