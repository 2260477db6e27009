import { UserError } from "../../config/user-error";
import { redact } from "./redact";

/** The parts of a comment or an issue that are used here. */
export interface Post {
  readonly number: number;
  readonly id: number;
  readonly body: string | null;
  readonly user: { readonly type: string } | null;
}

/** The API of the repository that a workflow runs in. The runner's environment has both addresses; the workflow step sets the token. */
export class GitHub {
  private readonly root: string;
  private readonly headers: Readonly<Record<string, string>>;

  /** @throws UserError if a variable is missing */
  constructor(environment: NodeJS.ProcessEnv = process.env) {
    const { GITHUB_API_URL: api = "https://api.github.com", GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token } = environment;
    if (!repository || !token) {
      throw new UserError(
        `${repository ? "GITHUB_TOKEN" : "GITHUB_REPOSITORY"} is not set: this command runs as a step of a workflow that sets "GITHUB_TOKEN: \${{ github.token }}".`,
      );
    }
    this.root = `${api}/repos/${repository}`;
    this.headers = { accept: "application/vnd.github+json", authorization: `Bearer ${token}`, "x-github-api-version": "2022-11-28" };
  }

  /** Finds the first post of a list that a workflow made and that begins with a text. A person's post that quotes it does not count. */
  async find(list: string, marker: string): Promise<Post | undefined> {
    const separator = list.includes("?") ? "&" : "?";
    for (let page = 1; ; page += 1) {
      const posts = (await this.request("GET", `${list}${separator}per_page=100&page=${page}`)) as Post[];
      const found = posts.find(({ body, user }) => user?.type === "Bot" && body?.startsWith(marker));
      if (found !== undefined || posts.length < 100) return found;
    }
  }

  /** Sends a request, without the secrets in its content. @throws UserError with the API's own reason if the API rejects it */
  async request(method: "GET" | "POST" | "PATCH", path: string, content?: object): Promise<unknown> {
    const body = content === undefined ? {} : { body: JSON.stringify(redact(content)) };
    const response = await fetch(`${this.root}${path}`, { method, headers: this.headers, ...body });
    if (response.ok) return response.json();
    const reason = /"message": ?"([^"]*)"/.exec(await response.text())?.[1] ?? response.statusText;
    throw new UserError(
      `${method} ${this.root}${path}: ${response.status} ${reason}; 403 and 404 mean that the job's "permissions" lack what this needs.`,
    );
  }
}
