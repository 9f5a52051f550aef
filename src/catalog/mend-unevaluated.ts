import { Name, _, type KeywordCxt } from 'ajv/dist/2020';
import type Ajv from 'ajv/dist/core';
import { evaluatedPropsToName } from 'ajv/dist/compile/util';
import ifKeyword from 'ajv/dist/vocabularies/applicator/if';
import unevaluatedItems from 'ajv/dist/vocabularies/unevaluated/unevaluatedItems';

/** Where what has been looked at is known only at run time, Ajv's own code for two keywords is wrong. */
export function mendUnevaluated(ajv: Ajv): void {
  ajv.removeKeyword('unevaluatedItems');
  ajv.addKeyword({ ...unevaluatedItems, code: codeOfUnevaluatedItems });
  ajv.removeKeyword('if');
  ajv.addKeyword({ ...ifKeyword, before: 'not', code: codeOfIf });
}

/** Below anyOf, say, the number of items is true for all, and undefined for none. */
function codeOfUnevaluatedItems(context: KeywordCxt): void {
  const { gen, it } = context;
  const { items } = it;
  if (items instanceof Name)
    gen.assign(items, _`${items} === true ? Infinity : ${items} === undefined ? 0 : ${items}`);
  unevaluatedItems.code(context);
}

/**
 * What was looked at before would be written down inside of one branch alone, and be forgotten by the other. And what an
 * `if` has looked at counts only when it holds.
 */
function codeOfIf(context: KeywordCxt): void {
  const { gen, it } = context;
  if (!it.opts.unevaluated) {
    ifKeyword.code(context);
    return;
  }
  if (it.props !== true && !(it.props instanceof Name)) it.props = evaluatedPropsToName(gen, it.props);
  if (it.items !== true && !(it.items instanceof Name)) it.items = gen.var('items', it.items ?? 0);
  let holds: Name | undefined;
  const conditional = Object.assign(Object.create(context) as KeywordCxt, {
    subschema(applied: Parameters<KeywordCxt['subschema']>[0], valid: Name) {
      holds = valid;
      return context.subschema(applied, valid);
    },
    mergeEvaluated(looked: Parameters<KeywordCxt['mergeEvaluated']>[0]) {
      if (holds) context.mergeValidEvaluated(looked, holds);
    },
  });
  ifKeyword.code(conditional);
}
