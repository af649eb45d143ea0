#!/usr/bin/env bash
# Runs tests of the sandbox on a machine with cgroup v2, whatever this one has: a virtual machine with the
# distribution's kernel, whose disk is this file system, read only, with a layer of memory on top. It is
# emulated, so it needs no rights beyond reading and is some ten times slower.
#
#     tests/sandbox/on_cgroup_v2.sh FOLDER COMMAND
#
# FOLDER is kept and holds the kernel between calls. COMMAND is run by bash, as root, in the current folder. Exit code: that of
# COMMAND; 77 where the machine cannot be had (no qemu, no busybox, no kernel), with the reason.
set -euo pipefail
folder=$1 command=$2
skip() { echo "skipped: $1"; exit 77; }

command -v qemu-system-x86_64 >/dev/null || skip "no qemu-system-x86_64 (apt-get install qemu-system-x86)"
busybox=$(command -v busybox) || skip "no busybox (apt-get install busybox-static)"
[ "$(uname -m)" = x86_64 ] || skip "only for x86_64"
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

if ! ls "$folder"/kernel/boot/vmlinuz-* >/dev/null 2>&1; then
  command -v apt-get >/dev/null || skip "no apt-get to fetch a kernel with"
  package=$(apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends: linux-image/ { print $2; exit }')
  [ -n "$package" ] || skip "the distribution offers no linux-image-amd64"
  (cd "$folder" && apt-get download -q "$package" >/dev/null 2>&1) || skip "cannot download $package"
  dpkg-deb -x "$folder/$package"_*.deb "$folder/kernel.new"
  rm "$folder/$package"_*.deb
  mv "$folder/kernel.new" "$folder/kernel"
fi

# Each after those that it needs.
modules=(virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci netfs fscache 9pnet
         9pnet_virtio 9p overlay)
rm -rf "$folder/init"
mkdir -p "$folder"/init/{bin,modules,proc,sys,dev,lower,upper,root}
cp "$busybox" "$folder/init/bin/busybox"
for module in "${modules[@]}"; do
  find "$folder/kernel" -name "$module.ko" -exec cp {} "$folder/init/modules/" \;
done
cat >"$folder/init/init" <<EOF
#!/bin/busybox sh
b=/bin/busybox
\$b mount -t proc proc /proc
for module in ${modules[*]}; do
  [ ! -e /modules/\$module.ko ] || \$b insmod /modules/\$module.ko || echo "no module \$module"
done
\$b mount -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,msize=524288 root /lower
\$b mount -t tmpfs -o size=3g tmpfs /upper
\$b mkdir /upper/files /upper/work
\$b mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work overlay /root
\$b mount -t proc proc /root/proc
\$b mount -t sysfs sys /root/sys
\$b mount -t devtmpfs dev /root/dev
\$b mkdir -p /root/dev/shm /root/dev/pts
\$b mount -t tmpfs shm /root/dev/shm
\$b mount -t devpts pts /root/dev/pts
\$b mount -t tmpfs run /root/run
\$b mount -t cgroup2 cgroup2 /root/sys/fs/cgroup
exec \$b switch_root /root /bin/bash "$folder/inside.sh"
EOF
chmod +x "$folder/init/init"
cat >"$folder/inside.sh" <<EOF
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
dmesg -n 1
busybox ifconfig lo 127.0.0.1 up
# What lies on the layer cannot be a layer of another.
mkdir /run/tmp && export TMPDIR=/run/tmp
cd "$PWD"
echo "machine: Linux \$(uname -r), cgroup v2: \$(cat /sys/fs/cgroup/cgroup.controllers)"
( $command )
echo "machine: exit code \$?"
echo o >/proc/sysrq-trigger
sleep 60
EOF
(cd "$folder/init" && find . | "$busybox" cpio -o -H newc 2>/dev/null | gzip -1) >"$folder/init.gz"

qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 4096 -display none -no-reboot -nodefaults \
  -serial file:"$folder/console.log" -kernel "$folder"/kernel/boot/vmlinuz-* -initrd "$folder/init.gz" \
  -append "console=ttyS0 quiet panic=-1 mitigations=off" \
  -virtfs local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap </dev/null
tr -d '\r' <"$folder/console.log" | sed -n '/^machine: Linux/,/^machine: exit/p'
code=$(tr -d '\r' <"$folder/console.log" | sed -n 's/^machine: exit code \([0-9]*\)$/\1/p' | tail -1)
[ -n "$code" ] || { tail -30 "$folder/console.log"; echo "the machine did not come to an end"; exit 1; }
exit "$code"
