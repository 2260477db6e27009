import { PrintableError } from "../../config/user-error";

/** The reason why a cluster could not be read, without secrets. */
export class NoAnswer extends PrintableError {
  override readonly name: string = "NoAnswer";
}

/** The kubeconfig's login failed, so no request was sent. */
export class LoginFailed extends NoAnswer {
  override readonly name = "LoginFailed";
}
