#!/usr/bin/env bash
# Packages that instar signs are verified by the program minisign, and the reverse.
# usage: minisign_test.sh INSTAR SCRATCH
set -euo pipefail
instar=$1
scratch=$2

if ! command -v minisign >/dev/null; then
  echo "skipped: minisign is not installed (Debian package minisign)"
  exit 77
fi

fails() {
  echo "FAILED: $1" >&2
  exit 1
}
# says WHAT TEXT COMMAND...: the command succeeds and prints TEXT
says() {
  local what=$1 text=$2 out
  shift 2
  out=$("$@" 2>&1) || fails "$what: $out"
  [[ $out == *"$text"* ]] || fails "$what: $out"
  echo "ok  $what"
}
# refuses WHAT TEXT COMMAND...
refuses() {
  local what=$1 text=$2 out
  shift 2
  ! out=$("$@" 2>&1) || fails "$what: $out"
  [[ $out == *"$text"* ]] || fails "$what: $out"
  echo "ok  $what"
}

rm -rf "$scratch"
mkdir -p "$scratch/lib/kv-1/modules" "$scratch/releases/1"
cd "$scratch"
printf 'application: kv\nvsn: "1"\n' >lib/kv-1/app.yaml
printf 'release: kvd\nvsn: "1"\napplications:\n  - kv: "1"\n' >releases/1/release.yaml
pack() { "$instar" release pack releases/1/release.yaml --path lib --output kvd-1.tar.zst "$@"; }

# Keys of minisign sign with instar.
minisign -G -W -p theirs.pub -s theirs.key >/dev/null </dev/null
says "instar signs with a key of minisign" "signed in kvd-1.tar.zst.minisig" \
  pack --sign theirs.key
says "minisign verifies it" "Signature and comment signature verified" \
  minisign -V -p theirs.pub -m kvd-1.tar.zst
says "and sees the comment" "file:kvd-1.tar.zst" minisign -V -p theirs.pub -m kvd-1.tar.zst
says "instar verifies its own" "signed by key" \
  "$instar" release verify kvd-1.tar.zst --key theirs.pub

printf 'secret\nsecret\n' | minisign -G -p locked.pub -s locked.key >/dev/null 2>&1
echo secret >password
says "instar opens a key that minisign encrypted" signed \
  pack --sign locked.key --password-file password
says "minisign verifies that too" "Signature and comment signature verified" \
  minisign -V -p locked.pub -m kvd-1.tar.zst
refuses "a wrong password is told" "error[wrong_password]: locked.key: wrong password for that key" \
  env INSTAR_KEY_PASSWORD=sacret "$instar" release pack releases/1/release.yaml \
  --path lib --output kvd-1.tar.zst --sign locked.key

# Keys of instar sign with minisign.
says "instar makes a key" "trusted_keys: [RW" "$instar" key make ours --no-password
pack >/dev/null
says "minisign signs with it" "" minisign -S -s ours.key -m kvd-1.tar.zst -t "by hand" </dev/null
says "instar verifies the signature of the hash" "trusted comment: by hand" \
  "$instar" release verify kvd-1.tar.zst --key ours.pub
rm kvd-1.tar.zst.minisig
says "minisign signs in the old way" "" minisign -S -l -s ours.key -m kvd-1.tar.zst </dev/null
says "instar verifies the signature of the bytes" "signed by key" \
  "$instar" release verify kvd-1.tar.zst --key "$(tail -n 1 ours.pub)"
says "minisign verifies by instar's public key" "Signature and comment signature verified" \
  minisign -V -p ours.pub -m kvd-1.tar.zst
echo secret >password
says "instar makes a key with a password" "trusted_keys" \
  "$instar" key make closed --password-file password
says "minisign opens it" "" bash -c "echo secret | minisign -S -s closed.key -m kvd-1.tar.zst"
says "and instar verifies that" "signed by key" \
  "$instar" release verify kvd-1.tar.zst --key closed.pub
refuses "a key that did not sign it is refused" "error[unknown_key]" \
  "$instar" release verify kvd-1.tar.zst --key ours.pub
printf x >>kvd-1.tar.zst
refuses "and so is a byte more" "error[bad_signature]" \
  "$instar" release verify kvd-1.tar.zst --key closed.pub
