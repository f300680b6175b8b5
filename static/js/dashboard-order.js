// Moves the panels of a form up and down without asking the server; without scripts the same buttons send the form.
// What has data-all chooses all of them or none, and is shown where there are scripts.
// <board-order data-words="%s, place %d of %d"><ol><li>… <button name="move" value="up KEY">…</button></li></ol><output></output></board-order>
class BoardOrder extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this.#clicked);
    this.querySelector(".board__all")?.removeAttribute("hidden");
  }

  disconnectedCallback() { this.removeEventListener("click", this.#clicked); }

  #clicked = (event) => {
    const all = event.target.closest("[data-all]");
    if (all) for (const box of this.querySelectorAll('input[name="panel"]')) box.checked = Boolean(all.dataset.all);
    const button = event.target.closest('button[name="move"]');
    if (!button) return;
    event.preventDefault();
    const row = button.closest("li");
    const up = button.value.startsWith("up ");
    const other = up ? row.previousElementSibling : row.nextElementSibling;
    if (other) up ? other.before(row) : other.after(row);
    button.focus();
    this.#say(row);
  };

  #say(row) {
    const rows = [...row.parentElement.children];
    const told = [row.querySelector("label").textContent.trim(), rows.indexOf(row) + 1, rows.length];
    this.querySelector("output").textContent = this.dataset.words.replace(/%[sd]/g, () => told.shift());
  }
}
customElements.define("board-order", BoardOrder);
