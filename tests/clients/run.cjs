// Runs named calls of @opendatasoft/api-client and prints what came of each as one JSON object:
//   {"name": {"value": …} | {"error": {"type", "message", "code", "status"}}}
// usage: node run.cjs BASE_URL DATASET [KEY]
'use strict';
const {
    ApiClient, fromCatalog, fromMonitoring, Query, AuthenticationError, NotFoundError, UserError, ServerError,
    field, string, date, dateTime, dateFromIsoString, lower, all, one, not, list, exactMatch, textSearch, textStartWith, textSuggest,
} = require('@opendatasoft/api-client');

const [base, id, key] = process.argv.slice(2);
const client = new ApiClient({ domain: base });
const catalog = fromCatalog();
const dataset = catalog.dataset(id);
const records = dataset.records();
const kinds = { AuthenticationError, NotFoundError, UserError, ServerError };

const where = condition => client.get(records.where(condition).select('id').orderBy('id').limit(20));
const calls = {
    catalog: () => client.get(catalog.datasets().where(`dataset_id=${string(id)}`)),
    catalog_search: () => client.get(catalog.datasets().where(textSearch('vlille')).limit(1)),
    catalog_itself: () => client.get(catalog.itself()),
    catalog_facets: () => client.get(catalog.facets().facet('publisher')),
    catalog_order: () => client.get(catalog.datasets().orderBy('-title').limit(2).offset(1).lang('en')),
    dataset: () => client.get(dataset.itself()),
    records: () => client.get(records.limit(2).offset(1).timezone('Europe/Paris')),
    updaters: () => client.get(records.limit(1).limit(n => n + 1).select('id').select(s => `${s}, nom`)),
    record: async () => {
        const page = await client.get(records.select('recordid').limit(1));
        return client.get(dataset.record(page.results[0].recordid));
    },
    facets: () => client.get(dataset.facets().facet('nom').facet('ouvert')),
    refine: () => client.get(records.refine('nom:Arrêt Gare').exclude('ouvert:false').select('id')),
    refine_twice: () => client.get(records.refine('ouvert:true').refine('jour:2026/09').select('id')),
    group: () => client.get(records.select('count(*) as n').groupBy('ouvert')),
    group_lower: () => client.get(records.select(`${lower('nom')} as low`).where('id=4')),
    group_alias: () => client.get(records.groupBy('ouvert as open').select('sum(n) as total').orderBy('-total').limit(1)),
    export_json: () => client.get(dataset.export('json').select('id').where('id>2')),
    export_geojson: () => client.get(dataset.export('geojson').select('id, geo').limit(1)),
    export_csv: () => client.get(dataset.export('csv').limit(1),
        { interceptResponse: async response => [response.headers.get('content-type'), await response.text()] }),
    exact: () => where(exactMatch('nom', 'Arrêt Gare')),
    exact_quotes: () => where(exactMatch('nom', 'Château "Neuf"')),
    in_list: () => where(`${field('id')} in (${list('1', '4')})`),
    all: () => where(all('id > 1', 'id < 4')),
    one: () => where(one('id = 1', exactMatch('nom', 'arrêt gare'))),
    none: () => where(not(one('id = 1', 'id = 2'))),
    nested: () => where(all(one('id = 1', 'id = 2'), not('id = 2'), undefined, false, '')),
    dates: () => where(`${field('jour')} >= ${date({ year: 2026, month: 10, day: 1 })}`),
    iso_dates: () => where(`${field('vu')} > ${dateFromIsoString('2026-09-30T06:15:00Z')}`),
    date_times: () => where(`${field('vu')} > ${dateTime(new Date('2026-09-30T06:15:00.000Z'))}`),
    geometry: () => where(`within_distance(${field('geo')}, geom'POINT(3.0704 50.6365)', 100m)`),
    search: () => where(textSearch('gare')),
    search_fields: () => where(textSearch('arret', ['nom'])),
    suggest: () => where(textSuggest('ga')),
    suggest_fields: () => where(textSuggest('arc', ['nom'])),
    startswith: () => where(textStartWith('Arr', ['nom'])),
    injected: () => where(exactMatch('nom', '\' or 1=1 -- " \\ \n')),
    with_key: () => new ApiClient({ domain: base, apiKey: key }).get(records.limit(0)),
    own_header: () => client.get(records.limit(0), { headers: { 'X-Custom': '1' } }),
    old_version: async () => {
        const noted = [];
        const warn = console.warn;
        console.warn = text => noted.push(text);
        const old = new ApiClient({ domain: `${base}` });
        const url = `${base}/api/explore/v2.0/catalog/datasets/${id}/records/?limit=1`;
        const body = await old.get(url);
        console.warn = warn;
        return { noted, keys: Object.keys(body) };
    },
    no_dataset: () => client.get(catalog.dataset('no-such-thing').records()),
    no_record: () => client.get(dataset.record('0'.repeat(40))),
    no_source: () => client.get(fromMonitoring().datasets()),
    bad_field: () => where('nope = 1'),
    bad_syntax: () => where('id = = 1'),
    bad_limit: () => client.get(records.limit(101)),
    bad_key: () => new ApiClient({ domain: base, apiKey: 'not-a-key' }).get(records),
    away: () => new ApiClient({ domain: 'http://127.0.0.1:9' }).get(records),
};

async function run(call) {
    try {
        return { value: await call() };
    } catch (error) {
        const [type] = Object.entries(kinds).find(([, kind]) => error.constructor === kind) || [error.name];
        const details = error.details || {};
        return { error: { type, message: details.message || error.message, code: details.error_code, status: error.response?.status } };
    }
}

(async () => {
    const results = {};
    for (const [name, call] of Object.entries(calls)) results[name] = await run(call);
    console.log(JSON.stringify(results));
})();
