// A PKCS#11 token of SoftHSM in a folder of the test's own, and a module in front of it that sleeps or crashes while a file says so.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const softModule = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"].find(existsSync);
export const softTokenIsMissing = softModule === undefined && "there is no softhsm2 here";
export const PIN = "4711-pin";

// Every signature first looks for the file: "slow" waits until it is gone, "crash" ends the process.
const wrapper = (real, file) => `
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <p11-kit/pkcs11.h>
static CK_FUNCTION_LIST ours, *real;
static CK_RV sign(CK_SESSION_HANDLE session, unsigned char *data, CK_ULONG length, unsigned char *out, CK_ULONG *written)
{
    char word[8] = "";
    FILE *file;
    while ((file = fopen("${file}", "r")) != NULL) {
        char *read = fgets(word, sizeof(word), file);
        fclose(file);
        if (read != NULL && word[0] == 'c')
            abort();
        usleep(50000);
    }
    return real->C_Sign(session, data, length, out, written);
}
__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    CK_RV (*get)(CK_FUNCTION_LIST **) = dlsym(dlopen("${real}", RTLD_NOW), "C_GetFunctionList");
    get(&real);
    ours = *real;
    ours.C_Sign = sign;
    *list = &ours;
    return CKR_OK;
}
`;

export class SoftToken {
  // folder: only its owner may write it, as those above it.
  constructor(folder, label = "dragoman") {
    this.folder = folder;
    this.label = label;
    mkdirSync(join(folder, "tokens"), { recursive: true, mode: 0o700 });
    this.configuration = join(folder, "softhsm2.conf");
    writeFileSync(this.configuration, `directories.tokendir = ${join(folder, "tokens")}\nobjectstore.backend = file\nlog.level = ERROR\n`);
    this.#run("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "so-pin-1", "--pin", PIN);
    this.behaviour = join(folder, "behaviour");
    this.module = join(folder, "wrapped.so");
    writeFileSync(join(folder, "wrapped.c"), wrapper(softModule, this.behaviour));
    this.#run("gcc", "-shared", "-fPIC", "-I/usr/include/p11-kit-1", "-o", this.module, join(folder, "wrapped.c"), "-ldl");
  }

  get environment() {
    return { SOFTHSM2_CONF: this.configuration };
  }

  // "slow" or "crash"; undefined: as it should be.
  behave(word) {
    if (word === undefined) rmSync(this.behaviour, { force: true });
    else writeFileSync(this.behaviour, word);
  }

  #run(program, ...args) {
    return execFileSync(program, args, { encoding: "utf8", stdio: "pipe", env: { ...process.env, ...this.environment } });
  }
}
