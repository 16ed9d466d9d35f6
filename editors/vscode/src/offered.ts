/** What an endpoint offers, in words. Knows no editor. */

/** One model, as the server lists it; prices in US dollars for a million tokens. */
export interface OfferedModel {
  readonly id: string;
  readonly context_tokens?: number | null;
  readonly price_input?: number | null;
  readonly price_output?: number | null;
}

/** The answer of `foretype.models`. */
export interface Offered {
  readonly provider: string;
  readonly model: string;
  readonly models: readonly OfferedModel[];
  /** What to choose, or why there is no list. */
  readonly message: string;
}

/** Such as "in use · $0.75 in, $4.50 out for a million tokens · 128k context". */
export function factsOf(model: OfferedModel, inUse: string): string {
  const facts = [
    model.id === inUse ? "in use" : "",
    priceOf(model),
    model.context_tokens != null ? `${inThousands(model.context_tokens)} context` : "",
  ];
  return facts.filter((fact) => fact !== "").join(" · ");
}

/** The model in use first; the others in the endpoint's order. */
export function sorted(offered: Offered): readonly OfferedModel[] {
  const isInUse = (model: OfferedModel) => model.id === offered.model;
  return [...offered.models.filter(isInUse), ...offered.models.filter((model) => !isInUse(model))];
}

function priceOf({ price_input: input, price_output: output }: OfferedModel): string {
  if (input == null || output == null) {
    return "price unknown";
  }
  return input === 0 && output === 0
    ? "free"
    : `$${dollars(input)} in, $${dollars(output)} out for a million tokens`;
}

/** At least two digits of cents, and as many as a small price has. */
function dollars(price: number): string {
  const exact = String(price);
  return exact.length > price.toFixed(2).length ? exact : price.toFixed(2);
}

function inThousands(tokens: number): string {
  return tokens < 1000 ? String(tokens) : `${String(Math.round(tokens / 1000))}k`;
}
