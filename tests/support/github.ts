import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

interface Stored {
  readonly id: number;
  readonly number: number;
  readonly user: { readonly type: string };
  readonly title?: string;
  body: string;
  state: string;
}

/** A stand-in on loopback for the parts of GitHub's API that the workflows use: paged lists, and posts to them. */
export class GitHubApi {
  /** By the list's path below the repository, such as `/issues/7/comments`. */
  readonly lists: Record<string, Stored[]> = {};
  /** Single objects, by their path below the repository. */
  readonly objects: Record<string, object> = {};
  /** All requests except GET. */
  readonly changes: string[] = [];
  /** The status with which the next change is rejected. */
  refusal: number | undefined;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<GitHubApi> {
    const server = createServer();
    const api = new GitHubApi(server);
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { status, content } = api.answer(request.method ?? "", request.url ?? "", Buffer.concat(chunks).toString());
        response.writeHead(request.headers.authorization === "Bearer a-token" ? status : 401, { "content-type": "application/json" });
        response.end(JSON.stringify(content));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return api;
  }

  stop(): void {
    this.server.close();
  }

  /** The environment of a runner. */
  get environment(): NodeJS.ProcessEnv {
    const { port } = this.server.address() as AddressInfo;
    return { GITHUB_API_URL: `http://127.0.0.1:${port}`, GITHUB_REPOSITORY: "me/network", GITHUB_TOKEN: "a-token" };
  }

  /** Adds an item to a list, as a workflow by default. */
  add(place: string, body: string, type = "Bot", title?: string): Stored {
    const id = 100 + Object.values(this.lists).flat().length;
    const stored = { id, number: id, user: { type }, body, state: "open", ...(title === undefined ? {} : { title }) };
    (this.lists[place] ??= []).push(stored);
    return stored;
  }

  private answer(method: string, url: string, text: string): { status: number; content: unknown } {
    const { pathname, searchParams } = new URL(url, "http://api");
    const place = pathname.replace("/repos/me/network", "");
    const content = (text === "" ? {} : JSON.parse(text)) as { body?: string; state?: string; title?: string };
    const object = this.objects[place];
    if (method === "GET" && object !== undefined) return { status: 200, content: object };
    if (method === "GET" && place.startsWith("/environments/")) return { status: 404, content: { message: "Not Found" } };
    if (method === "GET") {
      const size = Number(searchParams.get("per_page"));
      const from = (Number(searchParams.get("page")) - 1) * size;
      const list = (this.lists[place] ?? []).filter(({ state }) => state === (searchParams.get("state") ?? "open"));
      return { status: 200, content: list.slice(from, from + size) };
    }
    this.changes.push(`${method} ${place}`);
    if (this.refusal !== undefined) return { status: this.refusal, content: { message: "Resource not accessible by integration" } };
    if (method === "POST") return { status: 201, content: this.add(place, content.body ?? "", "Bot", content.title) };
    const stored = Object.values(this.lists)
      .flat()
      .find(({ id }) => place.endsWith(`/${id}`));
    if (stored === undefined) return { status: 404, content: { message: "Not Found" } };
    return { status: 200, content: Object.assign(stored, content) };
  }
}
