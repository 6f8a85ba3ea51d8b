/** Lets the reader choose files of mail; nothing is said where they choose none. */
export function chooseFiles(chosen: (files: File[]) => void): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.multiple = true
  // By ending too: few systems know a type for them.
  input.accept = '.eml,.mbox,.mbx,message/rfc822,application/mbox'
  input.onchange = () => chosen([...(input.files ?? [])])
  input.click()
}
