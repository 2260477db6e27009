import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import { duration } from "../../report/duration";
import { resourceOf } from "../ci/digest";
import type { Verb } from "./outcome";

/** Operations that change nothing. */
const UNREPORTED = ["same", "read", "refresh"];

/** Severities that are printed. The engine's other events are for its developers, and contain secrets in plain text. */
const PRINTED_SEVERITIES = ["info", "info#err", "warning"];

/** Follows one engine's events: prints finished operations, counts changes, and collects errors. */
export class Watch {
  changes: Readonly<Record<string, number>> = {};
  readonly errors: string[] = [];
  /** The running operations by their text, with their start time in milliseconds. */
  private readonly running = new Map<string, number>();

  constructor(
    private readonly verb: Verb,
    private readonly print: (text: string) => void,
  ) {}

  onEvent({ resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent, summaryEvent }: EngineEvent): void {
    if (resourcePreEvent !== undefined) this.begin(resourcePreEvent.metadata);
    if (resOutputsEvent !== undefined) this.end(resOutputsEvent.metadata);
    if (resOpFailedEvent !== undefined) this.end(resOpFailedEvent.metadata, "failed: ");
    if (summaryEvent !== undefined) this.changes = summaryEvent.resourceChanges;
    if (diagnosticEvent === undefined || diagnosticEvent.ephemeral === true) return;
    const { severity } = diagnosticEvent;
    const message = plain(diagnosticEvent.message).replace(/^(error|warning): /, "");
    if (message === "") return;
    // Errors are printed below the table, where the output of other stacks does not hide them.
    if (severity === "error") this.errors.push(message);
    else if (PRINTED_SEVERITIES.includes(severity)) this.print(severity === "warning" ? `warning: ${message}` : message);
  }

  /** Describes the running operations and their duration; undefined if there are none. */
  get now(): string | undefined {
    const parts = [...this.running].map(([text, since]) => `${text} for ${duration((Date.now() - since) / 1000)}`);
    return parts.length === 0 ? undefined : parts.join(", ");
  }

  private begin(step: StepEventMetadata): void {
    const text = textOf(step);
    if (text === undefined) return;
    if (this.verb === "preview") this.print(text);
    else this.running.set(text, Date.now());
  }

  private end(step: StepEventMetadata, word = ""): void {
    const text = textOf(step);
    const since = text === undefined ? undefined : this.running.get(text);
    if (text === undefined || since === undefined) return;
    this.running.delete(text);
    this.print(`${word}${text} (${duration((Date.now() - since) / 1000)})`);
  }
}

/** Describes a step on an object in a cluster or on the router. Components and providers are skipped. */
function textOf({ op, urn, type, old, new: created }: StepEventMetadata): string | undefined {
  const isResource = (created ?? old)?.custom === true && !type.startsWith("pulumi:");
  return !isResource || UNREPORTED.includes(op) ? undefined : `${op} ${resourceOf(urn)}`;
}

/** Returns a message without the engine's colours. */
const plain = (text: string): string => text.replaceAll(/<\{%[^%]*%\}>/g, "").trim();
