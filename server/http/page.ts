/**
 * Where a page of a list begins. A `next` is the order's first letter, the server's life and the number of the last thing
 * shown: what comes or goes between two pages moves nothing.
 */
import type { Order } from '../mail/store.js'
import { Problem } from './errors.js'

/** The parameters that choose a page. */
export interface PageParams {
  page?: string
  start?: number
  order?: Order
  wait?: string
}

/** Where a page begins. */
export interface Place {
  readonly order: Order
  /** The number of the last thing on the page before. */
  readonly after: number | undefined
  /** How many to pass over. */
  readonly start: number
}

/** The `next` of a page whose last thing bears the number `last`; null where nothing follows. */
export function nextOf(order: Order, instance: string, last: number | undefined, more: boolean): string | null {
  return more && last !== undefined ? order.charAt(0) + instance + last.toString(36) : null
}

/** Reads where a page begins. Throws a Problem; `checkInstance` is given the life that a `page` is of. */
export function placeOf(
  { page, start, order, wait }: PageParams,
  checkInstance: (instance: string) => void,
  instance: string,
): Place {
  if (page === undefined)
    return { order: order ?? (wait === undefined ? 'newest' : 'oldest'), after: undefined, start: start ?? 0 }
  if (start !== undefined) throw new Problem('invalid_parameter', 'page and start are both given.', 'Give one of them.')
  const parts = /^([no])([0-9a-z]{16,40})$/.exec(page)
  if (!parts)
    throw new Problem('invalid_parameter', `page=${page} is not a page.`, 'Give the `next` of the answer before.')
  const mark = parts[2] as string
  checkInstance(mark.slice(0, instance.length))
  const paged: Order = parts[1] === 'n' ? 'newest' : 'oldest'
  if (order !== undefined && order !== paged)
    throw new Problem('invalid_parameter', `order=${order} is not the order of that page.`, 'Leave order out.')
  return { order: paged, after: Number.parseInt(mark.slice(instance.length), 36), start: 0 }
}
