// A shopping basket: every change gives a new basket, the old one stays as it was.

export interface Item {
  readonly name: string;
  readonly price: number;
  readonly quantity: number;
}

export interface Basket {
  readonly items: readonly Item[];
  readonly discount: number;
}

export const EMPTY: Basket = { items: [], discount: 0 };

/** The item of that name. */
export function find(basket: Basket, name: string): Item {
  const item = basket.items.find((item) => item.name === name);
  if (item === undefined) {
    throw new Error(`there is no ${name} in the basket`);
  }
  return item;
}

/** A basket with one more item. */
export function add(basket: Basket, item: Item): Basket {
  return { ...basket, items: [...basket.items, item] };
}

/** A basket without the item of that name. */
export function remove(basket: Basket, name: string): Basket {
  const item = find(basket, name);
  return { ...basket, items: basket.items.filter((other) => other !== item) };
}

/** A basket with so many of an item. */
export function setQuantity(basket: Basket, name: string, quantity: number): Basket {
  const item = find(basket, name);
  const changed = { ...item, quantity };
  return { ...basket, items: basket.items.map((other) => (other === item ? changed : other)) };
}

/** A basket with another price for an item. */
export function setPrice(basket: Basket, name: string, price: number): Basket {
  const item = find(basket, name);
  const changed = { ...item, price };
  return { ...basket, items: basket.items.map((other) => (other === item ? changed : other)) };
}

/** What the basket costs, in cents. */
export function total(basket: Basket): number {
  const sum = basket.items.reduce((sum, item) => sum + item.price * item.quantity, 0);
  return Math.round(sum * (1 - basket.discount));
}
