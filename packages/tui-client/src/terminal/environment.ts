/** Sets what React and chalk read at import time; call it before Ink is imported. */
export function prepareEnvironment(env: NodeJS.ProcessEnv): void {
  // React's development build takes twice the time to load and to draw.
  env["NODE_ENV"] ??= "production";
  // chalk does not know NO_COLOR.
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") env["FORCE_COLOR"] = "0";
}
