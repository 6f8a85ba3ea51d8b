/** Things in order of a number that each bears, some of which have left: found by it, walked from either end. */
import { firstPlace } from './change-log.js'
import type { Order } from './store.js'

/** What can stand there. Only the shelf sets `gone`. */
export interface Shelved {
  readonly n: number
  gone: boolean
}

/** What has left stays in place until it is the greater part: a departure never walks the rest. */
const SLACK = 64

export class Shelf<T extends Shelved> {
  #items: T[] = []
  #gone = 0

  get size(): number {
    return this.#items.length - this.#gone
  }

  /** Adds what bears a higher number than everything there. */
  push(item: T): void {
    this.#items.push(item)
  }

  drop(item: T): void {
    if (item.gone) return
    item.gone = true
    this.#gone += 1
    if (this.#gone <= this.#items.length / 2 + SLACK) return
    this.#items = this.#items.filter(({ gone }) => !gone)
    this.#gone = 0
  }

  get(n: number): T | undefined {
    const item = this.#items[this.#placeAfter(n - 1)]
    return item?.n === n && !item.gone ? item : undefined
  }

  /** In order, behind the number `after`; for a caller that changes nothing meanwhile. */
  *walk(order: Order, after?: number): Generator<T, void, undefined> {
    const items = this.#items
    const step = order === 'newest' ? -1 : 1
    let place: number
    if (step === 1) place = after === undefined ? 0 : this.#placeAfter(after)
    else place = after === undefined ? items.length - 1 : this.#placeAfter(after - 1) - 1
    for (; place >= 0 && place < items.length; place += step) {
      const item = items[place] as T
      if (!item.gone) yield item
    }
  }

  #placeAfter(n: number): number {
    return firstPlace(0, this.#items.length, place => (this.#items[place] as T).n > n)
  }
}

/** First in, first out; nothing is moved for each. */
export class Queue<T> {
  #items: T[] = []
  #head = 0

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined
    const item = this.#items[this.#head]
    this.#head += 1
    if (this.#head > SLACK && this.#head > this.#items.length / 2) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
}
