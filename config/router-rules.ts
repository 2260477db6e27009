/** The rules for the section `router` of a stack file. */
import { broadcast, contains, enclosing, isIpv4, type Cidr } from "./address/address";
import { quote, type Finding } from "./problem";
import { bytesOf, fits, SHORTEN, tooLong } from "./route-list";
import { gatewayAddresses, recordsOf, type Sections } from "./sections";

export const routerRules = [hostOfTheLan, lanOfTheRouter, listFits];

/** Reports a router whose address is the first or last one of its LAN. */
function hostOfTheLan({ router }: Sections): Finding[] {
  if (router === undefined) return [];
  const { host, lan } = router;
  if (!isIpv4(host) || lan.prefix >= 31 || (host !== lan.network && host !== broadcast(lan))) return [];
  const rule = `the first or last address of ${lan.text} (router.lan), which no host can have`;
  return [{ path: "router.host", value: quote(host), rule, fix: "use the router's own address on its LAN, such as 192.168.50.1" }];
}

/** Whether the LAN has neither the router nor the next hop, so that the LAN is wrong, and not they. */
export function isForeignLan(sections: Sections): boolean {
  const { router } = sections;
  const [hop] = gatewayAddresses(sections);
  if (router === undefined || hop === undefined || !isIpv4(router.host)) return false;
  return !contains(router.lan, router.host) && !contains(router.lan, hop.address);
}

function lanOfTheRouter(sections: Sections): Finding[] {
  const { router } = sections;
  const [hop] = gatewayAddresses(sections);
  if (router === undefined || hop === undefined || !isIpv4(router.host) || !isForeignLan(sections)) return [];
  const rule = `has neither the router ${router.host} (router.host) nor the next hop ${hop.address} (${hop.path})`;
  const both: Cidr = enclosing(router.host, hop.address);
  const fix = both.prefix < 16 ? "correct router.lan, or the two addresses" : `did you mean ${networkOf(both)}?`;
  return [{ path: "router.lan", value: quote(router.lan.text), rule, fix }];
}

/** Home routers have a /24 unless somebody changed it. */
const networkOf = ({ prefix, network, text }: Cidr) => (prefix > 24 ? `${network.replace(/\.\d+$/, ".0")}/24` : text);

/** Reports more routes than the firmware's list can hold. */
function listFits(sections: Sections): Finding[] {
  const { router } = sections;
  const records = recordsOf(sections);
  if (router?.type !== "asus" || records.length === 0 || fits(records.length, bytesOf(records))) return [];
  return [{ path: "router.host", value: quote(router.host), rule: tooLong(records.length, bytesOf(records)), fix: SHORTEN }];
}
