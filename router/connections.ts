/**
 * The connections of this process. An SSH server such as dropbear accepts only three connections of an address that have not logged in, so
 * stacks with the same router share one, and logins to a router run one after the other.
 */
import type { Client } from "ssh2";

/** A connection after the login. */
export interface Connection {
  readonly client: Pick<Client, "end" | "destroy">;
  readonly hostKey: string;
}

interface Shared<C extends Connection> {
  readonly opened: Promise<C>;
  users: number;
  /** The work before, because a small router answers one command after the other. */
  last: Promise<unknown>;
  /** Why the connection was closed. */
  failure?: { readonly error: unknown };
}

const shared = new Map<unknown, Shared<Connection>>();
const logins = new Map<string, Promise<unknown>>();

/** Runs a login as soon as the earlier logins to the same router have ended. */
export async function inTurn<T>(
  { router: { host, port } }: { readonly router: { host: string; port: number } },
  login: () => Promise<T>,
): Promise<T> {
  const key = `${host}:${port}`;
  const earlier = logins.get(key) ?? Promise.resolve();
  const mine = earlier.then(login);
  logins.set(
    key,
    mine.catch(() => undefined),
  );
  return mine;
}

/**
 * Runs work on the connection that others with the same key use at the moment, or on a new one. It is closed when nobody uses it any more. A
 * failure ends the work of everybody on it, so that a router that hangs is not asked again by each.
 */
export async function onSharedConnection<C extends Connection, T>(
  key: unknown,
  open: () => Promise<C>,
  work: (connection: C) => Promise<T>,
): Promise<T> {
  const existing = shared.get(key) as Shared<C> | undefined;
  const connection: Shared<C> = existing ?? { opened: open(), users: 0, last: Promise.resolve() };
  if (existing === undefined) shared.set(key, connection);
  connection.users += 1;
  const forget = () => {
    if (shared.get(key) === connection) shared.delete(key);
  };
  try {
    const opened = await connection.opened;
    const done = connection.last.then(() => {
      if (connection.failure !== undefined) throw connection.failure.error;
      return work(opened);
    });
    connection.last = done.catch((error: unknown) => {
      connection.failure ??= { error };
    });
    return await done;
  } catch (error) {
    forget();
    // A graceful close could wait forever for a router that does not answer.
    void connection.opened.then(
      ({ client }) => client.destroy(),
      () => undefined,
    );
    throw error;
  } finally {
    connection.users -= 1;
    if (connection.users === 0) {
      forget();
      void connection.opened.then(
        ({ client }) => client.end(),
        () => undefined,
      );
    }
  }
}
