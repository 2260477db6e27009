import { PrintableError } from "../../config/user-error";

/** Why a cluster was not asked, or did not answer: words without a secret in them. */
export class NoAnswer extends PrintableError {
  override readonly name: string = "NoAnswer";
}

/** The kubeconfig's login failed, so that the cluster was not asked. */
export class LoginFailed extends NoAnswer {
  override readonly name = "LoginFailed";
}
