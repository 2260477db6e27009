import * as crypto from "node:crypto";
import type { LabFolders } from "./folders";
import { Host } from "./host";
import { Lan, type HostSpec } from "./lan";
import type { StateServers } from "./tools/extras";
import { until } from "./wait";

/** A backend for a stack's state, and the environment that the CLI needs to reach it. */
export interface Backend {
  readonly environment: Readonly<Record<string, string>>;
  /** The password or key in the environment. */
  readonly secret: string;
  /** Returns the names of stored items that contain a text. */
  keys(text: string): Promise<string[]>;
  /** Returns everything that is stored. */
  contents(): Promise<string>;
}

/** Runs a command as the user nobody, because PostgreSQL refuses to run as root. */
const asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

const tls = { cert: "/data/tls/cert.pem", key: "/data/tls/key.pem" } as const;

/** A machine on the LAN with the state of several operators: PostgreSQL and an S3 server, both with TLS and generated passwords. */
export class StateServer {
  readonly host: Host;
  private readonly secret = crypto.randomBytes(18).toString("hex");

  constructor(
    lab: LabFolders,
    private readonly spec: HostSpec,
    private readonly servers: StateServers,
  ) {
    this.host = new Host(lab, "state");
  }

  /** Powers the machine on and plugs it in, with a certificate for its address. @param port of the switch @param init process 1 of every host */
  async start(lan: Lan, port: number, init: string): Promise<void> {
    const shared = [{ from: this.servers.s3, to: "/opt/s3" }];
    await this.host.powerOn({ root: this.servers.root, init, data: ["/data"], shared });
    await lan.plug(this.host, port);
    await Lan.configure(this.host, this.spec);
    const subject = `-subj /CN=state -addext subjectAltName=IP:${this.spec.address}`;
    await this.sh(`mkdir -p /data/tls /data/s3/pulumi /data/postgres /var/log
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes ${subject} -out ${tls.cert} -keyout ${tls.key}
      chown -R 65534:65534 /data
      chmod 600 ${tls.key}`);
  }

  /** Starts a database for Pulumi. It accepts only TLS and a role of its own, whose password is not in the URL. */
  async postgres(): Promise<Backend> {
    const bin = (await this.sh("echo /usr/lib/postgresql/*/bin")).trim();
    const init = ["--pgdata=/data/postgres", "--username=postgres", "--auth-local=trust", "--locale=C", "--encoding=UTF8"];
    await this.host.exec([...asNobody, `${bin}/initdb`, ...init]);
    await this.sh(`echo 'hostssl pulumi homelab samenet scram-sha-256' >>/data/postgres/pg_hba.conf`);
    const settings = {
      listen_addresses: this.spec.address,
      unix_socket_directories: "/tmp",
      dynamic_shared_memory_type: "mmap",
      ssl: "on",
      ssl_cert_file: tls.cert,
      ssl_key_file: tls.key,
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    await this.host.daemon("postgres", [...asNobody, `${bin}/postgres`, "-D", "/data/postgres", ...options]);
    const sql = (database: string, text: string): Promise<string> =>
      this.sh(`exec ${bin}/psql --host /tmp --username postgres --quiet --no-align --tuples-only ${database}`, text);
    await until("PostgreSQL", () => sql("postgres", "select 1"));
    await sql("postgres", `create role homelab login password '${this.secret}'; create database pulumi owner homelab;`);
    const query = `sslmode=verify-full&sslrootcert=${this.certificate}`;
    return {
      environment: { PULUMI_BACKEND_URL: `postgres://homelab@${this.spec.address}:5432/pulumi?${query}`, PGPASSWORD: this.secret },
      secret: this.secret,
      keys: async (text) => lines(await sql("pulumi", `select key from pulumi_state where key like '%${text}%'`)),
      contents: () => sql("pulumi", "select key, data from pulumi_state"),
    };
  }

  /** Starts an S3 server with a bucket for Pulumi. */
  async s3(): Promise<Backend> {
    const files = ["--cert", tls.cert, "--key", tls.key, "--port", `${this.spec.address}:7070`];
    const env = { ROOT_ACCESS_KEY: "homelab", ROOT_SECRET_KEY: this.secret };
    await this.host.daemon("s3", [...asNobody, "/opt/s3/versitygw", ...files, "posix", "/data/s3"], env);
    await until("the S3 server", () => this.sh(`exec 3<>/dev/tcp/${this.spec.address}/7070 && echo up`));
    return {
      environment: {
        PULUMI_BACKEND_URL: `s3://pulumi?endpoint=${this.spec.address}:7070&s3ForcePathStyle=true&region=us-east-1`,
        AWS_ACCESS_KEY_ID: "homelab",
        AWS_SECRET_ACCESS_KEY: this.secret,
        AWS_CA_BUNDLE: this.certificate,
      },
      secret: this.secret,
      keys: async (text) => lines(await this.sh(`cd /data/s3/pulumi && find . -type f -path '*${text}*'`)),
      contents: () => this.sh("cd /data/s3/pulumi && find . -type f -print -exec cat {} +"),
    };
  }

  /** The path of both servers' certificate on the operator host. */
  private get certificate(): string {
    return this.host.dataPath(tls.cert);
  }

  private async sh(script: string, input?: string): Promise<string> {
    const stdin = input === undefined ? {} : ({ input, stdin: "pipe" } as const);
    return (await this.host.exec(["bash", "-ec", script], { maxBuffer: 1e9, ...stdin })).stdout;
  }
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");
