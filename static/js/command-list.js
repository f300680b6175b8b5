// Completes commands: "/" at the beginning of the message opens the list, arrows move in it, Tab or Enter takes, Escape closes.
// <command-list data-url="/commands/?session=ID" data-one="1 suggestion" data-many="# suggestions">
// <div id="command-options" role="listbox" aria-label="Commands" hidden></div><span role="status"></span></command-list> inside
// <message-composer>, with its #message-box and <button data-commands aria-controls="command-options">. The server makes the options.
class CommandList extends HTMLElement {
  #region; #box; #list; #asked = null; #done = null; #kept = new Map();

  connectedCallback() {
    this.#region = this.closest("message-composer");
    this.#box = this.#region.querySelector("#message-box");
    this.#list = this.querySelector("[role=listbox]");
    this.#region.addEventListener("keydown", (event) => this.#pressed(event), { capture: true });
    this.#box.addEventListener("input", () => this.#typed());
    this.#box.addEventListener("blur", () => this.#left());
    this.#region.addEventListener("submit", () => this.#close());
    this.#list.addEventListener("click", ({ target }) => this.#take(target.closest("[role=option]")));
    this.#button.addEventListener("click", () => this.#toggle());
    // The focus stays in the box.
    for (const part of [this.#list, this.#button]) part.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  get #button() { return this.#region.querySelector("[data-commands]"); }
  get #active() { return this.#list.querySelector("[aria-selected=true]"); }

  #typed() {
    const text = this.#box.value;
    if (text !== this.#done && /^\/(\p{L}*|\p{L}+ .*)$/u.test(text)) this.#ask(text);
    else this.#close();
  }

  #toggle() {
    this.#box.focus();
    if (!this.#list.hidden) return this.#close();
    this.#done = null;
    if (!this.#box.value) this.#box.setRangeText("/", 0, 0, "end");
    this.#ask(this.#box.value.startsWith("/") ? this.#box.value : "/");
  }

  // More letters only narrow what is offered: where nothing was, nothing is asked again.
  async #ask(text) {
    this.#narrow(text);
    this.#asked = text;
    if ([...this.#kept].some(([asked, html]) => !html && text.startsWith(asked))) return this.#close();
    if (!this.#kept.has(text)) {
      try {
        const answer = await fetch(`${this.dataset.url}&q=${encodeURIComponent(text)}`);
        if (!answer.ok || answer.redirected) return;
        this.#kept.set(text, (await answer.text()).trim());
      } catch { return; }
    }
    if (this.#asked === text) this.#show(this.#kept.get(text));
  }

  // Until the answer is there, only what still fits may be chosen.
  #narrow(text) {
    if (this.#list.hidden) return;
    for (const option of [...this.#list.children]) if (!option.dataset.text.startsWith(text.toLowerCase())) option.remove();
    if (!this.#list.firstElementChild) this.#close();
    else if (!this.#active) this.#mark(this.#list.firstElementChild);
  }

  #show(html) {
    if (!html) return this.#close();
    this.#list.innerHTML = html;
    this.#list.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    this.#mark(this.#list.firstElementChild);
    const count = this.#list.childElementCount;
    this.querySelector("[role=status]").textContent = count === 1 ? this.dataset.one : this.dataset.many.replace("#", count);
  }

  #mark(option) {
    this.#active?.setAttribute("aria-selected", "false");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.#box.setAttribute("aria-activedescendant", option.id);
  }

  #close() {
    this.#asked = null;
    this.#list.hidden = true;
    this.#button.setAttribute("aria-expanded", "false");
    this.#box.removeAttribute("aria-activedescendant");
    this.querySelector("[role=status]").textContent = "";
  }

  // What is pressed must not move away below the pointer: the list closes when it was let go.
  #left() {
    if (document.querySelector(":active")) document.addEventListener("pointerup", () => setTimeout(() => this.#close()), { once: true });
    else this.#close();
  }

  #pressed(event) {
    if (this.#list.hidden || event.target !== this.#box || event.isComposing || event.keyCode === 229) return;
    if (event.key === "Tab" && event.shiftKey) this.#close(); // the list is no stop on the way back
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !this.#does(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Whether the key was meant for the list. A command that is typed out already is sent by Enter.
  #does(key) {
    if (key === "ArrowDown") this.#mark(this.#active.nextElementSibling ?? this.#list.firstElementChild);
    else if (key === "ArrowUp") this.#mark(this.#active.previousElementSibling ?? this.#list.lastElementChild);
    else if (key === "Tab" || (key === "Enter" && this.#box.value.trim() !== this.#active.dataset.text.trim())) this.#take(this.#active);
    else if (key === "Escape") this.#end(this.#box.value);
    else return false;
    return true;
  }

  #end(text) {
    this.#done = text;
    this.#close();
  }

  // What stood in the box without being a command becomes its argument.
  #take(option) {
    if (!option) return;
    const { text } = option.dataset;
    const rest = this.#box.value.startsWith("/") ? "" : this.#box.value;
    this.#box.value = rest ? `${text.trimEnd()} ${rest}` : text;
    this.#end(text.endsWith(" ") && !rest ? null : this.#box.value);
    this.#box.dispatchEvent(new Event("input", { bubbles: true }));
    this.#box.focus();
  }
}
customElements.define("command-list", CommandList);
