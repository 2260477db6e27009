#!/bin/sh
# The first process of a lab host, already in namespaces of its own: makes the host's root from a read-only image and a
# folder for what changes, then becomes the host's init. Usage: host-init.sh NAME IMAGE FOLDER INIT [DATA | FROM:TO ...]
# An IMAGE of "/" means the machine's own root, for the host from which the machine's programs are run.
set -eu
name=$1 image=$2 folder=$3 init=$4
shift 4
hostname "$name"
if [ "$image" = / ]; then
    mount -t proc proc /proc
    mount -t tmpfs tmpfs /run
    exec "$init"
fi
root=$folder/root
# A reboot starts from the image again; a router's /etc and /var are memory anyway.
rm -rf "$folder/upper" "$folder/work"
mkdir -p "$root" "$folder/upper" "$folder/work"
mount -t overlay overlay -o "lowerdir=$image,upperdir=$folder/upper,workdir=$folder/work" "$root"
mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/tmp" "$root/.old"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
# What must outlive a reboot, or cannot lie on an overlay (container snapshots), gets a plain folder.
# FROM:TO shows a folder of the machine, read-only.
for data in "$@"; do
    from=${data%%:*} to=${data#*:}
    mkdir -p "$root$to"
    if [ "$from" = "$to" ]; then
        mkdir -p "$folder/data$to"
        mount --bind "$folder/data$to" "$root$to"
    else
        mount --bind -o ro "$from" "$root$to"
    fi
done
cp "$init" "$root/run/init"
cd "$root"
pivot_root . .old
exec /run/init /.old
