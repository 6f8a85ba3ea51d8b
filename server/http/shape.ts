/** The words that the schemas are written in. */
import { type Static, type TSchema, Type } from 'typebox'

/** Refers to a named shape: the document stays small, the type stays whole. */
export function named<Shape extends TSchema>(shape: Shape & { $id?: string }) {
  return Type.Unsafe<Static<Shape>>(Type.Ref(`${shape.$id}#`))
}

export function nullable<Shape extends TSchema>(shape: Shape, description: string) {
  return Type.Union([shape, Type.Null()], { description })
}

export const count = (description: string) => Type.Integer({ minimum: 0, description })
export const time = (description: string) => Type.String({ format: 'date-time', description })

/** The two that name a place in the changes of the store. */
export const cursor = count('The number of the last change that this answer knows of.')
export const instance = Type.String({
  description: "Names the server's life: cursors and ids of another one mean nothing here.",
})

/** Fails to compile where `Shape` and `Model` are not the same type; what may be written to is of no concern to JSON. */
export type Same<Shape, Model> =
  (<T>() => T extends Flat<Shape> ? 1 : 2) extends <T>() => T extends Flat<Model> ? 1 : 2 ? true : false
type Flat<T> = T extends object ? { -readonly [Key in keyof T]: Flat<T[Key]> } : T
