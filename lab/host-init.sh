#!/bin/sh
# The first process of a lab host, which already has its own namespaces. Mounts the host's root from a read-only image and a folder for changes,
# and then becomes the host's init. Usage: host-init.sh NAME IMAGE FOLDER INIT [DATA | FROM:TO ...]
# An IMAGE of "/" means the machine's own root, for the host on which the machine's programs run.
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
# A reboot starts from the image again, because a router keeps /etc and /var in memory.
rm -rf "$folder/upper" "$folder/work"
mkdir -p "$root" "$folder/upper" "$folder/work"
mount -t overlay overlay -o "lowerdir=$image,upperdir=$folder/upper,workdir=$folder/work" "$root"
mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/tmp" "$root/.old"
mount -t proc proc "$root/proc"
# These settings are the whole machine's, which has no copy of them for each namespace. /proc/sys/net is the host's own.
for settings in dev fs kernel vm; do
    mount --bind -o ro "$root/proc/sys/$settings" "$root/proc/sys/$settings"
done
mount -t sysfs sysfs "$root/sys"
mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
# A router's memory is small, and so is its /tmp.
[ ! -e "$root/sbin/rc" ] || tmp="-o size=16m"
mount -t tmpfs ${tmp:-} tmpfs "$root/tmp"
# Paths that outlive a reboot, or do not work on an overlay (container snapshots), get a plain folder. FROM:TO mounts a folder of the
# machine, read-only.
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
