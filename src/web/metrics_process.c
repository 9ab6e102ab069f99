/*
 * Figures of the process from the kernel.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "web/metrics.h"

#define COUNT_SECONDS 10.0

static uint64_t count_entries(const char *path)
{
    uint64_t count = 0;
    DIR *dir = opendir(path);
    if (dir == NULL)
        return 0;
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count > 3 ? count - 3 : 0; /* ".", ".." and the folder itself */
}

/* Newer kernels (6.2) say it as the size of the folder; of others its entries are counted. */
static void count_fds(struct metrics_process *process, double now)
{
    static const char path[] = "/proc/self/fd";
    struct stat info;
    if (stat(path, &info) == 0 && info.st_size > 0) {
        process->open_fds = (uint64_t)info.st_size;
    } else if (process->open_fds == 0 || now - process->counted_at >= COUNT_SECONDS) {
        process->open_fds = count_entries(path);
        process->counted_at = now;
    }
}

static uint64_t virtual_bytes(void)
{
    char line[100];
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    if (fgets(line, sizeof(line), file) != NULL)
        pages = strtoull(line, NULL, 10);
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void metrics_process(struct metrics_process *process, double now)
{
    struct rusage usage;
    struct rlimit limit;
    process->virtual_bytes = virtual_bytes();
    count_fds(process, now);
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        process->cpu_seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        process->max_fds = limit.rlim_cur;
}
