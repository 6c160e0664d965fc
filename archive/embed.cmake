# embed.cmake: makes OUT, a C file with the bytes of IN as NAME, NAME_bytes and NAME_version (16 hex
# digits of their SHA-256), which HEADER declares.
# cmake -DIN=... -DOUT=... -DNAME=... -DHEADER=... [-DVERSION=ON] -P embed.cmake
file(READ ${IN} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n\t" bytes "${bytes}")
get_filename_component(file ${IN} NAME)
set(version "")
if(VERSION)
	file(SHA256 ${IN} digest)
	string(SUBSTRING ${digest} 0 16 digest)
	set(version "const char ${NAME}_version[] = \"${digest}\";\n")
endif()
file(WRITE ${OUT} "/* Made of ${file}. */
#include \"${HEADER}\"

const unsigned char ${NAME}[] = {
	${bytes}
};
const size_t ${NAME}_bytes = sizeof(${NAME});
${version}")
