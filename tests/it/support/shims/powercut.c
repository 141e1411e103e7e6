/* Remembers what a power cut would leave: preloaded into the program, it copies a file's content to a second folder each time the program
 * syncs it, and the names in a folder each time that folder is synced. What was written and not synced is not in the copy.
 *
 * POWERCUT_FROM is the folder that is watched, POWERCUT_TO where the copies go: by inode in TO/inodes, and a list of names in TO/names, one
 * line "inode<TAB>path" for each name, the last line for a path counting; inode 0 means that the name is gone. A file's first sync makes its
 * name durable too, as ext4, xfs, btrfs and APFS do; a rename or a removal is durable when its folder is synced. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static void copy_inode(const char *from, ino_t inode, const char *to) {
    char path[PATH_MAX], part[PATH_MAX];
    snprintf(path, sizeof path, "%s/inodes/%lu", to, (unsigned long)inode);
    snprintf(part, sizeof part, "%s/inodes/%lu.part", to, (unsigned long)inode);
    int in = open(from, O_RDONLY), out = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    char block[1 << 16];
    ssize_t count;
    while (in >= 0 && out >= 0 && (count = read(in, block, sizeof block)) > 0)
        if (write(out, block, count) != count) break;
    if (in >= 0) close(in);
    if (out >= 0) close(out);
    rename(part, path);
}

static void note(const char *to, ino_t inode, const char *path) {
    char names[PATH_MAX], line[PATH_MAX + 32];
    snprintf(names, sizeof names, "%s/names", to);
    int length = snprintf(line, sizeof line, "%lu\t%s\n", (unsigned long)inode, path);
    int out = open(names, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (out >= 0) {
        if (write(out, line, length) != length) abort();
        close(out);
    }
}

static void synced(int file) {
    const char *from = getenv("POWERCUT_FROM"), *to = getenv("POWERCUT_TO");
    char link[64], path[PATH_MAX];
    struct stat about;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!from || !to || length <= 0 || fstat(file, &about) != 0) return;
    path[length] = 0;
    if (strncmp(path, from, strlen(from)) != 0) return;
    pthread_mutex_lock(&one_at_a_time);
    if (S_ISDIR(about.st_mode)) {
        /* All that is not named again below is gone from this folder: said by a line with a star. */
        char all[PATH_MAX];
        snprintf(all, sizeof all, "%.*s/*", PATH_MAX - 3, path);
        note(to, 0, all);
        DIR *folder = opendir(path);
        struct dirent *entry;
        while (folder && (entry = readdir(folder))) {
            char full[PATH_MAX];
            snprintf(full, sizeof full, "%.*s/%s", PATH_MAX - 300, path, entry->d_name);
            if (entry->d_type == DT_REG) note(to, entry->d_ino, full);
        }
        if (folder) closedir(folder);
    } else if (S_ISREG(about.st_mode)) {
        copy_inode(path, about.st_ino, to);
        if (!strstr(path, " (deleted)")) note(to, about.st_ino, path);
    }
    pthread_mutex_unlock(&one_at_a_time);
}

int fsync(int file) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    int result = real(file);
    if (result == 0) synced(file);
    return result;
}

int fdatasync(int file) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
    int result = real(file);
    if (result == 0) synced(file);
    return result;
}
