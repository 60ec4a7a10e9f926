import type { StandardSchemaV1 } from "@standard-schema/spec";

/** Any Standard Schema (zod, valibot, arktype …): https://standardschema.dev. */
export type Schema = StandardSchemaV1;

/** The value a schema gives after validation; `undefined` where there is no schema. */
export type Output<S> = S extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<S> : undefined;
