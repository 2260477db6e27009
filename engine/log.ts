/** The program's messages in the engine's log, which CI keeps. */
import * as pulumi from "@pulumi/pulumi";

import { onOneLine } from "../config/printable";

/** Logs a message on one line. @param resource the resource beside whose name Pulumi prints it */
export const info = (text: string, resource?: pulumi.Resource): void => void pulumi.log.info(onOneLine(text), resource);

/** Logs a warning on one line. @param resource the resource beside whose name Pulumi prints it */
export const warn = (text: string, resource?: pulumi.Resource): void => void pulumi.log.warn(onOneLine(text), resource);
