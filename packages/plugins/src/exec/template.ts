/** One element of a program's argument list: literal text and the names of arguments, alternating as written. */
export type Template = readonly (string | { readonly name: string })[];

const token = /\{\{|\}\}|\{([a-z][a-z0-9_]*)\}|[{}]|[^{}]+/gy;

/**
 * Reads an element like `--path={path}`; `{{` and `}}` stand for braces.
 * @throws {SyntaxError} saying what is wrong and what to write.
 */
export function parseTemplate(element: string): Template {
  return Array.from(element.matchAll(token), ([text, name]) => {
    if (name !== undefined) return { name };
    if (text === "{" || text === "}") {
      throw new SyntaxError(
        `holds a single ${text}; write {name} for an argument, ${text}${text} for a brace`,
      );
    }
    return text === "{{" || text === "}}" ? text.slice(1) : text;
  });
}

export function namesIn(template: Template): readonly string[] {
  return template.flatMap((part) => (typeof part === "string" ? [] : [part.name]));
}

/** Puts values in; elements that hold an argument without a value are left out. */
export function expandTemplates(
  templates: readonly Template[],
  values: ReadonlyMap<string, string>,
): readonly string[] {
  return templates
    .filter((template) => namesIn(template).every((name) => values.has(name)))
    .map((template) =>
      template.map((part) => (typeof part === "string" ? part : values.get(part.name))).join(""),
    );
}
