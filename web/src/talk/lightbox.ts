/** Pictures of a contribution, large, one after the other. */

/** Open what is linked with `data-picture` in a dialog instead of a page. */
export function showPictures(root: Document = document): void {
  root.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-picture]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const list = link.closest(".pictures") ?? link.parentElement!;
    const links = [...list.querySelectorAll<HTMLAnchorElement>("a[data-picture]")];
    open(links, links.indexOf(link));
  });
}

function open(links: HTMLAnchorElement[], first: number): void {
  const dialog = document.createElement("dialog");
  dialog.className = "lightbox";
  dialog.setAttribute("aria-label", "Picture");
  const image = document.createElement("img");
  const caption = Object.assign(document.createElement("p"), { className: "lightbox__alt" });
  let index = first;
  const show = (): void => {
    const small = links[index]!.querySelector("img");
    image.src = links[index]!.href;
    image.alt = small?.alt ?? "";
    const place = links.length > 1 ? `${index + 1} of ${links.length}. ` : "";
    caption.textContent = place + image.alt;
  };
  const step = (by: number): void => {
    index = (index + by + links.length) % links.length;
    show();
  };
  const bar = Object.assign(document.createElement("div"), { className: "lightbox__bar" });
  if (links.length > 1) {
    bar.append(button("Picture before", "←", () => step(-1)));
    bar.append(button("Next picture", "→", () => step(1)));
  }
  bar.append(button("Close", "×", () => dialog.close()));
  dialog.append(image, caption, bar);
  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "ArrowRight" && links.length > 1) step(1);
    if (key === "ArrowLeft" && links.length > 1) step(-1);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  show();
  dialog.showModal();
}

function button(name: string, sign: string, act: () => void): HTMLButtonElement {
  const made = Object.assign(document.createElement("button"), {
    type: "button",
    className: "lightbox__button",
    textContent: sign,
  });
  made.setAttribute("aria-label", name);
  made.addEventListener("click", act);
  return made;
}
