/*
 * Loaded before the library of a host that is written in Rust, where a fork is nothing that safe code
 * may do. At SIGUSR1 it forks, and the fork ends as a host ends that has a plugin: it unloads it, and
 * leaves by exit(). What became of that is written to standard output.
 */
#define _GNU_SOURCE
#include "openfx.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEP_MS 10
#define LONGEST_MS 10000

static int end_of_fork(void) {
    void *library = dlopen(getenv("AIROTO_TEST_LIBRARY"), RTLD_NOW | RTLD_NOLOAD);
    if (!library) {
        return 2;
    }
    OfxPlugin *(*get)(int) = (OfxPlugin * (*)(int)) dlsym(library, "OfxGetPlugin");
    OfxPlugin *plugin = get ? get(0) : NULL;
    if (!plugin) {
        return 3;
    }
    /* It may not render here: locks and threads are the other process's. */
    if (plugin->mainEntry(kOfxImageEffectActionRender, NULL, NULL, NULL) != kOfxStatFailed) {
        return 4;
    }
    return plugin->mainEntry(kOfxActionUnload, NULL, NULL, NULL) == kOfxStatOK ? 0 : 5;
}

static void fork_and_wait(int signal_number) {
    (void)signal_number;
    pid_t child = fork();
    if (child == 0) {
        exit(end_of_fork());
    }
    int status = 0;
    for (int waited = 0; waited < LONGEST_MS; waited += STEP_MS) {
        if (waitpid(child, &status, WNOHANG) == child) {
            dprintf(1, "the fork ended with %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
            return;
        }
        usleep(STEP_MS * 1000);
    }
    dprintf(1, "the fork hangs\n");
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
}

__attribute__((constructor)) static void prepare(void) {
    struct sigaction action = {.sa_handler = fork_and_wait, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
}
