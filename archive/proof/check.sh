#!/bin/sh
# Checks the proof of one capture with nothing but a POSIX shell and openssl (3.0 or newer).
#
#   check.sh [PROOF [BODY [HEADERS [REQUEST]]]] [-k KEY.pem] [-s OLD-HEAD]
#
# PROOF is what `wirevault prove` printed; without it proof.txt, body, headers.txt and request.txt
# beside this script are checked. -k: the signer must be this one (get the key from somebody you
# trust; the one in the proof only says that all parts fit). -s: the text of an older signed head,
# which must be the one that the proof (prove --since) starts from. Exit 0: everything holds.
#
# What is checked: the files against the digests in the leaf; the leaf and its salt, hashed, against
# the path (RFC 9162, 2.1.3.2) up to the root; the root in the head; the head's Ed25519 signature;
# with --since also that the older log is a beginning of this one (RFC 9162, 2.1.4.2).
set -u
LC_ALL=C
export LC_ALL

refuse() {
	printf 'REFUSED: %s\n' "$1"
	exit 1
}

proof='' body='' headers='' request='' pinned='' kept='' given=0
while [ $# -gt 0 ]; do
	case $1 in
	-k) pinned=${2:?-k needs a file}; shift ;;
	-s) kept=${2:?-s needs a file}; shift ;;
	*)
		given=$((given + 1))
		case $given in
		1) proof=$1 ;;
		2) body=$1 ;;
		3) headers=$1 ;;
		4) request=$1 ;;
		*) refuse "too many files" ;;
		esac ;;
	esac
	shift
done
if [ $given = 0 ]; then
	here=${0%/*}
	[ "$here" != "$0" ] || here=.
	proof=$here/proof.txt
	[ ! -e "$here/body" ] || body=$here/body
	[ ! -e "$here/headers.txt" ] || headers=$here/headers.txt
	[ ! -e "$here/request.txt" ] || request=$here/request.txt
fi

# --- Bytes: base64 to the octal escapes that printf knows, with the shell alone.
letters=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/
octal() {
	o=$((($1 >> 6) & 3))$((($1 >> 3) & 7))$(($1 & 7))
}
decode() { # base64 -> $escapes
	rest=$1 escapes=''
	while [ -n "$rest" ]; do
		bits=0 pads=0 i=0
		while [ $i -lt 4 ]; do
			tail=${rest#?}
			c=${rest%"$tail"}
			rest=$tail
			case $c in
			'') refuse "the base64 '$1' is cut short" ;;
			=) pads=$((pads + 1)) value=0 ;;
			*)
				[ $pads = 0 ] || refuse "'$1' is not base64"
				before=${letters%%"$c"*}
				[ "$before" != "$letters" ] || refuse "'$1' is not base64"
				value=${#before} ;;
			esac
			bits=$(((bits << 6) | value))
			i=$((i + 1))
		done
		# One spelling for each byte string: what padding covers is zero.
		case $pads in
		0) ;;
		1) [ $((bits & 255)) = 0 ] || refuse "'$1' is not base64" ;;
		2) [ $((bits & 65535)) = 0 ] || refuse "'$1' is not base64" ;;
		*) refuse "'$1' is not base64" ;;
		esac
		[ $pads = 0 ] || [ -z "$rest" ] || refuse "'$1' is not base64"
		octal $(((bits >> 16) & 255)); escapes="$escapes\\$o"
		if [ $pads -lt 2 ]; then octal $(((bits >> 8) & 255)); escapes="$escapes\\$o"; fi
		if [ $pads -lt 1 ]; then octal $((bits & 255)); escapes="$escapes\\$o"; fi
	done
}
hash_of() { # escapes of bytes -> escapes of their SHA-256
	# shellcheck disable=SC2059
	decode "$(printf "$1" | openssl dgst -sha256 -binary | openssl base64 -A)"
	[ ${#escapes} = 128 ] || refuse "openssl gives no SHA-256"
}

# --- The proof's parts.
leaf='' salt='' signature='' head='' path='' old='' old_signature='' consistency=''
newline='
'
part=top first=''
[ -r "$proof" ] || refuse "cannot read '$proof'"
while IFS= read -r line; do
	[ -n "$first" ] || first=$line
	if [ -z "$line" ]; then
		part=top
		continue
	fi
	case $part in
	head) head=$head$line$newline ;;
	path) path=$path$line ;;
	text) leaf=$leaf$line$newline ;;
	old) old=$old$line$newline ;;
	consistency) consistency=$consistency$line ;;
	top)
		case $line in
		'wirevault proof 1') ;;
		'salt '*) salt=${line#salt } ;;
		'signature '*) signature=${line#signature } ;;
		'old-signature '*) old_signature=${line#old-signature } ;;
		head:) part=head ;;
		path:) part=path ;;
		text:) part=text ;;
		old:) part=old ;;
		consistency:) part=consistency ;;
		*) refuse "unknown line '$line'" ;;
		esac ;;
	esac
done <"$proof"
[ "$first" = 'wirevault proof 1' ] || refuse "'$proof' is no proof"

field() { # NAME TEXT: the value of the first line "NAME value" -> $value
	value='' found=0
	rest_of=$2
	while [ -n "$rest_of" ]; do
		row=${rest_of%%"$newline"*}
		rest_of=${rest_of#*"$newline"}
		case $row in
		"$1 "*) value=${row#"$1 "} found=1; return 0 ;;
		esac
	done
	return 1
}
number() { # -> refuses what is no decimal number
	case $1 in
	'' | *[!0-9]* | 0?*) refuse "'$1' is no number" ;;
	esac
}
case $head in
"wirevault head 1$newline"*) ;;
*) refuse "the head is none" ;;
esac
case $leaf in
"wirevault leaf 1${newline}id "* | "wirevault leaf 2${newline}id "*) ;;
*) refuse "the text is not that of a leaf" ;;
esac
field id "$leaf" || refuse "the leaf has no number"; leaf_number=$value
number "$leaf_number"
field size "$head" || refuse "the head has no size"; size=$value
field root "$head" || refuse "the head has no root"; decode "$value"; root=$escapes
field key "$head" || refuse "the head has no key"; head_key=$value
number "$size"
[ "$leaf_number" -lt "$size" ] || refuse "leaf $leaf_number is outside a log of $size"

# --- Files against the digests in the leaf.
file_of() { # NAME FILE
	[ -n "$2" ] || return 0
	field "$1" "$leaf" || refuse "the leaf names no $1"
	# Digests are hexadecimal in leaves of form 1, base64 in those of form 2.
	case $leaf in
	"wirevault leaf 1"*) sum=$(openssl dgst -sha256 -r "$2") || refuse "cannot read '$2'" ;;
	*) sum=$(openssl dgst -sha256 -binary "$2" | openssl base64 -A) || refuse "cannot read '$2'" ;;
	esac
	[ "${sum%% *}" = "${value%% *}" ] || refuse "$1: '$2' is not what was captured"
	printf 'ok: %s is the %s that was captured\n' "$2" "$1"
}
file_of body "$body"
file_of headers "$headers"
file_of request "$request"
if [ $given = 0 ] && [ -e "$here/basis.txt" ]; then file_of basis "$here/basis.txt"; fi

# --- The leaf, its path, the root.
decode "$salt"
[ ${#escapes} = 64 ] || refuse "the salt is not 16 bytes"
decode "$({
	# shellcheck disable=SC2059
	printf "\\000$escapes"
	printf '%s' "$leaf"
} | openssl dgst -sha256 -binary | openssl base64 -A)"
[ ${#escapes} = 128 ] || refuse "openssl gives no SHA-256"
hash=$escapes
decode "$path"
nodes=$escapes
next_node() { # takes 32 bytes off $nodes -> $node
	[ ${#nodes} -ge 128 ] || refuse "the path ends within a hash"
	node='' n=0
	while [ $n -lt 32 ]; do
		tail=${nodes#????}
		node=$node${nodes%"$tail"}
		nodes=$tail
		n=$((n + 1))
	done
}
fn=$leaf_number sn=$((size - 1))
while [ -n "$nodes" ]; do
	next_node
	[ $sn -gt 0 ] || refuse "the path is too long"
	if [ $((fn & 1)) = 1 ] || [ $fn -eq $sn ]; then
		hash_of "\\001$node$hash"
		hash=$escapes
		while [ $((fn & 1)) = 0 ] && [ $fn -ne 0 ]; do
			fn=$((fn >> 1)) sn=$((sn >> 1))
		done
	else
		hash_of "\\001$hash$node"
		hash=$escapes
	fi
	fn=$((fn >> 1)) sn=$((sn >> 1))
done
[ $sn -eq 0 ] || refuse "the path is too short"
[ "$hash" = "$root" ] || refuse "leaf $leaf_number is not under the root"
printf 'ok: leaf %s is in the log of %s captures\n' "$leaf_number" "$size"

# --- The signature.
# RFC 8410: twelve bytes that say Ed25519, then the key, which so keeps its base64.
key="-----BEGIN PUBLIC KEY-----${newline}MCowBQYDK2VwAyEA$head_key$newline-----END PUBLIC KEY-----$newline"
work=${TMPDIR:-/tmp}/wirevault-check.$$
umask 077
tidy_up() {
	# There may be no rm, and no /dev/null either.
	if said=$(command -v rm); then rm -f "$work.head" "$work.key" "$work.sig"; fi
}
trap tidy_up EXIT
signed() { # TEXT SIGNATURE WHAT
	tidy_up
	printf '%s' "$1" >"$work.head" && printf '%s' "$key" >"$work.key" || refuse "cannot write '$work.head'"
	decode "$2"
	# shellcheck disable=SC2059
	printf "$escapes" >"$work.sig" || refuse "cannot write '$work.sig'"
	said=$(openssl pkeyutl -verify -rawin -pubin -inkey "$work.key" -in "$work.head" \
		-sigfile "$work.sig" 2>&1) || refuse "the signature of $3 is wrong"
}
signed "$head" "$signature" "the head"
printf 'ok: the head of size %s is signed by key %s\n' "$size" "$head_key"
if [ -n "$pinned" ]; then
	pem=''
	while IFS= read -r line; do pem=$pem$line$newline; done <"$pinned"
	[ "$pem" = "$key" ] || refuse "the signer is not the one of '$pinned'"
	printf 'ok: that is the key of %s\n' "$pinned"
fi

# --- The older log is a beginning of this one.
if [ -n "$old" ]; then
	field size "$old" || refuse "the old head has no size"; old_size=$value
	number "$old_size"
	field root "$old" || refuse "the old head has no root"; decode "$value"; old_root=$escapes
	if [ -n "$old_signature" ]; then
		field key "$old" || refuse "the old head has no key"
		[ "$value" = "$head_key" ] || refuse "the old head is signed by another key"
		signed "$old" "$old_signature" "the old head"
	fi
	[ "$old_size" -gt 0 ] && [ "$old_size" -le "$size" ] || refuse "the old log is no older"
	decode "$consistency"
	nodes=$escapes
	if [ "$old_size" -eq "$size" ]; then
		[ -z "$nodes" ] && [ "$old_root" = "$root" ] || refuse "the two heads differ"
	else
		fn=$((old_size - 1)) sn=$((size - 1))
		while [ $((fn & 1)) = 1 ]; do
			fn=$((fn >> 1)) sn=$((sn >> 1))
		done
		if [ $fn -eq 0 ]; then
			node=$old_root
		else
			next_node
		fi
		fr=$node sr=$node
		while [ -n "$nodes" ]; do
			next_node
			[ $sn -gt 0 ] || refuse "the consistency path is too long"
			if [ $((fn & 1)) = 1 ] || [ $fn -eq $sn ]; then
				hash_of "\\001$node$fr"; fr=$escapes
				hash_of "\\001$node$sr"; sr=$escapes
				while [ $((fn & 1)) = 0 ] && [ $fn -ne 0 ]; do
					fn=$((fn >> 1)) sn=$((sn >> 1))
				done
			else
				hash_of "\\001$sr$node"; sr=$escapes
			fi
			fn=$((fn >> 1)) sn=$((sn >> 1))
		done
		[ $sn -eq 0 ] && [ "$fr" = "$old_root" ] && [ "$sr" = "$root" ] ||
			refuse "the log of $old_size captures is no beginning of the one of $size"
	fi
	printf 'ok: the log of %s captures is a beginning of it\n' "$old_size"
fi
if [ -n "$kept" ]; then
	[ -n "$old" ] || refuse "the proof has no older head: ask for prove --since"
	text=''
	while IFS= read -r line; do
		case $line in
		'' | 'signature '*) ;;
		*) text=$text$line$newline ;;
		esac
	done <"$kept"
	field size "$text" && [ "$value" = "$old_size" ] || refuse "'$kept' is of another size than the proof's old head"
	field root "$text" || refuse "'$kept' has no root"
	decode "$value"
	[ "$escapes" = "$old_root" ] || refuse "'$kept' has another root: the log was forked"
	printf 'ok: %s is the older head\n' "$kept"
fi
# --- A bundle has the robots.txt of then beside it.
if [ $given = 0 ] && [ -e "$here/robots/proof.txt" ]; then
	printf '\nrobots.txt as it was known then:\n'
	(
		set -- "$here/robots/proof.txt"
		[ ! -e "$here/robots/body" ] || set -- "$@" "$here/robots/body"
		if [ $# = 2 ] && [ -e "$here/robots/headers.txt" ]; then set -- "$@" "$here/robots/headers.txt"; fi
		[ -z "$pinned" ] || set -- "$@" -k "$pinned"
		# shellcheck disable=SC1090
		. "$here/${0##*/}"
	) || refuse "robots.txt is not what was captured"
fi
printf '\n%s\nHOLDS\n' "$leaf"
