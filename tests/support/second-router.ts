import type { Lab } from "../../lab/lab";
import { Progress } from "../../lab/progress";
import { RouterHost } from "../../lab/router";
import { provideTools } from "../../lab/tools/toolbox";

/** Runs work with a second router on a lab's LAN, which has factory settings and accepts the operator's key. Removes it afterwards. */
export async function withSecondRouter(
  lab: Lab,
  address: string,
  work: (router: RouterHost, hostKey: string) => Promise<void>,
): Promise<void> {
  const spec = { ...lab.topology.router, name: "router-2", address };
  const router = new RouterHost(lab.folders, { router: spec, lan: lab.topology.lan }, await provideTools(new Progress()));
  try {
    router.prepare((await lab.router.host.exec(["cat", "/root/.ssh/authorized_keys"])).stdout.split("\n")[0] ?? "");
    await router.powerOn();
    await lab.lan.plug(router.host, 99);
    await router.boot();
    const { stdout } = await router.host.exec(["dropbearkey", "-y", "-f", "/jffs/.ssh/dropbear_ed25519_host_key"]);
    await work(router, /ssh-ed25519 \S+/.exec(stdout)?.[0] ?? "");
  } finally {
    await router.host.powerOff();
  }
}
