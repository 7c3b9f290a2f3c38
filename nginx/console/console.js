/*
 * The console of the Explore API, of the portal or of one dataset: the description that the server
 * itself prints, drawn by swagger-ui with a form for every operation.
 *
 *   {root}/console, /api-console/explore/v2.1/      the portal; root: /api/explore/v2.1, …/v2.0, /api/v2
 *   {root}/catalog/datasets/{id}/console            one dataset
 *   ?lang=en                                        in English
 *
 * Everything comes from this server (nginx's Content-Security-Policy allows nothing else).
 */
"use strict";

/* What swagger-ui says in English alone. */
const FRENCH = {
  "Add string item": "Ajouter une valeur",
  "Authorize": "S'identifier",
  "Available authorizations": "Façons de s'identifier",
  "Available values": "Valeurs possibles",
  "Cancel": "Annuler",
  "Clear": "Effacer",
  "Close": "Fermer",
  "Code": "Code",
  "Computed URL:": "Adresse complète:",
  "Controls Accept header.": "Choisit l'en-tête Accept.",
  "Copy to clipboard": "Copier",
  "Default value": "Valeur par défaut",
  "Details": "Détail",
  "Download": "Télécharger",
  "Download file": "Télécharger le fichier",
  "Example": "Exemple",
  "Example Value": "Exemple",
  "Examples": "Exemples",
  "Execute": "Exécuter",
  "Expand all": "Tout déplier",
  "Collapse all": "Tout replier",
  "Failed to load API definition.": "La description ne peut pas être lue.",
  "Headers": "En-têtes",
  "Loading...": "Chargement…",
  "Loading": "Chargement…",
  "Links": "Liens",
  "Logout": "Oublier",
  "Media type": "Type de contenu",
  "Name": "Nom",
  "No links": "Aucun lien",
  "No parameters": "Aucun paramètre",
  "Parameters": "Paramètres",
  "Request URL": "Adresse demandée",
  "Request duration": "Durée de la demande",
  "Request headers": "En-têtes de la demande",
  "Reset": "Remettre",
  "Response body": "Corps de la réponse",
  "Response headers": "En-têtes de la réponse",
  "Responses": "Réponses",
  "Schema": "Schéma",
  "Schemas": "Schémas",
  "Send empty value": "Envoyer une valeur vide",
  "Server response": "Réponse du serveur",
  "Servers": "Serveurs",
  "Try it out": "Essayer",
  "Type": "Type",
  "Unrecognized response type; displaying content as text.": "Type de réponse inconnu; montré comme texte.",
  "Value": "Valeur",
};

const ADDRESS = /^(\/api\/(?:explore\/v2\.[01]|v2))(?:\/catalog\/datasets\/([^/]+))?\/console\/?$/;

/* What the address asks for. */
function asked() {
  const [, root, dataset] = ADDRESS.exec(location.pathname.replace(/\/+/g, "/")) ?? [];
  const english = new URLSearchParams(location.search).get("lang") === "en";
  const from = root ?? "/api/explore/v2.1";
  return {
    root: from,
    dataset,
    lang: english ? "en" : "fr",
    place: dataset ? `${from}/catalog/datasets/${dataset}` : from,
  };
}

function show(id) {
  const element = document.getElementById(id);
  element.hidden = false;
  return element;
}

async function read(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  const body = await answer.json();
  if (!answer.ok) {
    throw new Error(body.message ?? `${answer.status} ${answer.statusText}`);
  }
  return body;
}

/* ---- the description, made ready for forms ---- */

/* Forms ask this very server, by whatever name it was reached. */
function fromHere(description) {
  description.servers = description.servers.map(({ url }) => ({
    url: location.origin + new URL(url, location.origin).pathname.replace(/\/$/, ""),
  }));
}

/* A form is filled with examples. Those of what may be left out are told in words instead: all together they would
 * rarely be a question that makes sense. */
function unfilled(parameter, says) {
  if (parameter.in === "path" || parameter.required) {
    return;
  }
  const schema = parameter.schema ?? {};
  const preset = schema.default;
  const example = parameter.example ?? schema.example ?? (schema.examples ?? [])[0];
  for (const holder of [parameter, schema, schema.items ?? {}]) {
    delete holder.example;
    delete holder.examples;
  }
  if (preset !== undefined) {
    parameter.description += ` ${says.preset}: \`${preset}\`.`;
    delete schema.default;
  }
  if (example !== undefined && example !== "" && example !== preset) {
    parameter.description += ` ${says.example}: \`${[].concat(example)[0]}\``;
  }
}

function prepare(description, lang) {
  const says = lang === "en" ? { example: "Example", preset: "Preset" } : { example: "Exemple", preset: "Sans lui" };
  fromHere(description);
  Object.values(description.components.parameters ?? {}).forEach((parameter) => unfilled(parameter, says));
  return description;
}

/* ---- words ---- */

function translateText(node) {
  const text = node.nodeValue.trim();
  const french = Object.hasOwn(FRENCH, text) ? FRENCH[text] : undefined;
  if (french && french !== text) {
    node.nodeValue = node.nodeValue.replace(text, french);
    node.parentElement.title ||= text;
  }
}

/* Answers and examples stay as they are. */
function translate(root) {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = root.nodeType === Node.TEXT_NODE ? root : texts.nextNode(); node; node = texts.nextNode()) {
    if (node.parentElement && !node.parentElement.closest("pre, code, textarea, option, .markdown, .renderedMarkdown")) {
      translateText(node);
    }
  }
}

function keepFrench(root) {
  new MutationObserver((changes) => {
    for (const change of changes) {
      (change.type === "characterData" ? [change.target] : change.addedNodes).forEach(translate);
    }
  }).observe(root, { childList: true, characterData: true, subtree: true });
}

/* ---- the page ---- */

function dress({ root, dataset, lang, place }) {
  document.documentElement.lang = lang;
  document.getElementById("openapi").href = `${place}/openapi.json?lang=${lang}`;
  document.getElementById("swagger").href = `${place}/swagger.json?lang=${lang}`;
  for (const link of document.querySelectorAll(".language")) {
    if (link.dataset.lang === lang) {
      link.setAttribute("aria-current", "true");
    }
  }
  if (dataset) {
    const name = decodeURIComponent(dataset);
    document.getElementById("of").textContent = name;
    document.title = `${name} · ${document.title}`;
    show("portal").href = `${root}/console?lang=${lang}`;
  }
}

async function offerDatasets({ root, dataset, lang }) {
  const form = show("choose");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.assign(`${root}/catalog/datasets/${encodeURIComponent(form.elements.dataset.value.trim())}/console?lang=${lang}`);
  });
  form.elements.dataset.value = dataset ? decodeURIComponent(dataset) : "";
  const all = await read(`${root}/catalog/exports/json?select=dataset_id,title&order_by=dataset_id&lang=${lang}`);
  document.getElementById("datasets").replaceChildren(...all.map((one) => new Option(one.title, one.dataset_id)));
}

async function draw(what) {
  const description = prepare(await read(`${what.place}/openapi.json?lang=${what.lang}`), what.lang);
  if (what.lang === "fr") {
    keepFrench(document.getElementById("console"));
  }
  window.SwaggerUIBundle({
    domNode: document.getElementById("console"),
    spec: description,
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null,
  });
}

function fail(error) {
  show("failed").textContent = error.message;
}

const what = asked();
dress(what);
offerDatasets(what).catch(fail);
if (window.SwaggerUIBundle) {
  draw(what).catch(fail);
} else {
  show("missing");
}
