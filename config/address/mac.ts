/** Hardware addresses of Ethernet and Wi-Fi interfaces. */
import { accept, refuse, type Parsed } from "./address";

declare const macBrand: unique symbol;

/** A hardware address in the router's form: six pairs of upper-case hexadecimal digits with colons between them. */
export type Mac = string & { readonly [macBrand]: true };

/** The characters of a hardware address, with colons or dashes. */
export const MAC_FORM = /^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$/;

const example = "write one such as D8:3A:DD:00:00:12, as ip link prints it on the node";

/** Parses the hardware address of a host. */
export function parseMac(text: string): Parsed<Mac> {
  if (!MAC_FORM.test(text)) return refuse("not a hardware address", example);
  const mac = text.toUpperCase().replaceAll("-", ":");
  if (parseInt(mac.slice(0, 2), 16) % 2 === 1) return refuse("a group address, which no single host has", example);
  if (/^[0:]+$/.test(mac)) return refuse("an empty hardware address", example);
  return accept(mac as Mac);
}
