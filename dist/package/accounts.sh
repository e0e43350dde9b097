# Part of the scripts of both packages: the accounts, the directories of root:roundsman, who starts a round.

make_accounts() {
    for name in roundsman roundsman-net roundsman-fetch; do
        getent passwd "$name" >/dev/null ||
            useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$name"
    done
}

make_directories() {
    install -d -o root -g roundsman -m 0750 /var/lib/roundsman
    install -d -o root -g root -m 0700 /var/cache/roundsman
}

# In a chroot, an image is being built: another kernel and processor will run it.
is_this_host() { [ "$(stat -L -c %d:%i /proc/1/root/. 2>/dev/null)" = "$(stat -c %d:%i /.)" ]; }

# So that the first round need not. A round compiles what is missing, so whatever goes wrong here will be told there.
compile() {
    if is_this_host; then roundsman compile >/dev/null || :; fi
}

has_cron() {
    for daemon in cron crond fcron systemd-cron; do
        [ ! -x "/usr/sbin/$daemon" ] || return 0
    done
    [ -e /lib/systemd/system-generators/systemd-crontab-generator ] ||
        [ -e /usr/lib/systemd/system-generators/systemd-crontab-generator ]
}
