#!/bin/sh
# Publishes or withdraws one release of the site, then shows the newest release that is left.
# Usage: SITE=folder RELEASE=version [HEADLINE=text HEALTH=text] site.sh publish|withdraw
set -eu

# Terraform works on several releases at once; making a folder succeeds for one of them only.
lock() {
    tries=0
    until mkdir "$SITE/.lock" 2>/dev/null; do
        tries=$((tries + 1))
        if [ "$tries" -gt 100 ]; then
            echo "another release is being published; if none is, remove $SITE/.lock" >&2
            exit 1
        fi
        sleep 0.1
    done
    trap 'rmdir "$SITE/.lock"' EXIT
}

publish() {
    mkdir -p "$SITE/releases/$RELEASE"
    printf '<!doctype html>\n<title>Shop</title>\n<h1>%s</h1>\n' "$HEADLINE" >"$SITE/releases/$RELEASE/index.html"
    printf '%s\n' "$HEALTH" >"$SITE/releases/$RELEASE/health"
    echo "published release $RELEASE"
}

withdraw() {
    rm -rf "$SITE/releases/$RELEASE"
    echo "withdrew release $RELEASE"
}

# Each file is renamed into its place: a reader never sees half of one.
show_newest() {
    newest=$(ls "$SITE/releases" | sort -V | tail -n 1)
    if [ -z "$newest" ]; then
        rm -f "$SITE/index.html" "$SITE/health"
        echo "no release is left"
        return
    fi
    for page in index.html health; do
        cp "$SITE/releases/$newest/$page" "$SITE/.$page"
        mv "$SITE/.$page" "$SITE/$page"
    done
    echo "showing release $newest"
}

case "${1:-}" in
publish | withdraw) ;;
*)
    echo "usage: site.sh publish|withdraw" >&2
    exit 2
    ;;
esac
mkdir -p "$SITE/releases"
lock
"$1"
show_newest
