//! Why a text is no TOML, in both languages: the parser speaks English alone.

use crate::lang::Words;

/// What the parser says, without what it expected.
const MISTAKES: &[[&str; 2]] = &[
    [
        "`_` may only go between digits",
        "`_` só pode estar entre dígitos",
    ],
    [
        "cannot recurse further; max recursion depth met",
        "há listas ou tabelas demais uma dentro da outra",
    ],
    [
        "carriage return must be followed by newline",
        "depois de um CR tem de vir o fim de linha",
    ],
    ["duplicate key", "esta chave já foi dada"],
    ["extra `=`", "há um `=` a mais"],
    [
        "extra assignment between key-value pairs",
        "há um `=` a mais",
    ],
    ["extra comma in array", "há uma vírgula a mais na lista"],
    [
        "extra comma in inline table",
        "há uma vírgula a mais na tabela",
    ],
    [
        "integers with a radix cannot be signed",
        "um inteiro com base não leva sinal",
    ],
    [
        "invalid comment character",
        "este caractere não pode estar em um comentário",
    ],
    [
        "invalid date-time",
        "isto não é uma data; um texto fica entre aspas",
    ],
    [
        "invalid float",
        "isto não é um número; um texto fica entre aspas",
    ],
    [
        "invalid inline table element",
        "isto não pode estar em uma tabela em uma linha",
    ],
    ["invalid basic string", "este texto não está certo"],
    [
        "invalid integer",
        "isto não é um número; um texto fica entre aspas",
    ],
    [
        "invalid key-value pair",
        "isto não é uma chave com o seu valor",
    ],
    [
        "invalid unquoted key",
        "esta chave só pode estar entre aspas",
    ],
    ["invalid literal string", "este texto não está certo"],
    [
        "invalid multi-line basic string",
        "este texto não está certo",
    ],
    [
        "invalid multi-line literal string",
        "este texto não está certo",
    ],
    ["invalid value", "isto não é um valor"],
    ["key with no value", "a chave não tem valor"],
    [
        "keys cannot be multi-line basic strings",
        "uma chave não pode ter várias linhas",
    ],
    [
        "keys cannot be multi-line literal strings",
        "uma chave não pode ter várias linhas",
    ],
    ["missing array opening", "falta abrir a lista"],
    [
        "missing assignment between key-value pairs",
        "falta o `=` entre a chave e o valor",
    ],
    [
        "missing comma between array elements",
        "falta uma vírgula entre os valores da lista",
    ],
    [
        "missing comma between key-value pairs",
        "falta uma vírgula entre os pares",
    ],
    ["missing comment start", "falta o começo do comentário"],
    [
        "missing escaped value",
        "falta o que vem depois da barra invertida",
    ],
    ["missing inline table opening", "falta abrir a tabela"],
    ["missing key for inline table element", "falta a chave"],
    ["missing opening quote", "falta abrir as aspas"],
    ["missing table open", "falta abrir a tabela"],
    ["missing value", "falta o valor"],
    ["missing value for key", "falta o valor da chave"],
    ["radix must be lowercase", "a letra da base é minúscula"],
    [
        "redundant integer number prefix",
        "o prefixo do número está a mais",
    ],
    ["redundant numeric sign", "o sinal do número está a mais"],
    ["string values must be quoted", "um texto fica entre aspas"],
    [
        "too few unicode value digits",
        "faltam dígitos no número do caractere",
    ],
    ["unclosed array", "falta fechar a lista"],
    [
        "unclosed array table",
        "falta fechar os colchetes da tabela",
    ],
    ["unclosed inline table", "falta fechar a tabela"],
    ["unclosed table", "falta fechar o colchete da tabela"],
    ["unexpected `=` in array", "não pode haver `=` em uma lista"],
    ["unexpected content", "isto não se esperava"],
    [
        "unexpected content between comment and newline",
        "não pode haver nada entre o comentário e o fim da linha",
    ],
    [
        "unexpected key or value",
        "não se esperava aqui uma chave ou um valor",
    ],
    [
        "unexpected leading zero",
        "o número não pode começar com zero",
    ],
    ["unexpected sign", "o sinal do número está a mais"],
    ["unquoted keys cannot be empty", "falta a chave"],
];

/// What it says of a name or a value, which stands behind.
const OF_A_NAME: &[[&str; 2]] = &[
    [
        "cannot extend value of type ",
        "uma chave com ponto só estende uma tabela: ",
    ],
    ["duplicate field ", "já foi dado o campo "],
    ["invalid type: ", "o valor é de outro tipo: "],
    ["missing field ", "falta o campo "],
    ["unknown field ", "não há o campo "],
];

/// What it expected, where that is no text to be written so.
const EXPECTED: &[[&str; 2]] = &[
    ["a map", "tabela"],
    ["a sequence", "lista"],
    ["a string", "texto"],
    ["basic string", "texto entre aspas"],
    ["characters", "caracteres"],
    ["digits", "dígitos"],
    ["key", "chave"],
    ["letters", "letras"],
    ["literal string", "texto entre apóstrofos"],
    ["multi-line basic string", "texto de várias linhas"],
    ["newline", "fim de linha"],
    [
        "non-double-quote visible characters",
        "caracteres visíveis sem aspas",
    ],
    ["non-single-quote characters", "caracteres sem apóstrofo"],
    [
        "non-single-quote visible characters",
        "caracteres visíveis sem apóstrofo",
    ],
    ["numbers", "números"],
    ["printable characters", "caracteres visíveis"],
    [
        "unicode hexadecimal value",
        "número hexadecimal de um caractere",
    ],
    ["usize", "número inteiro"],
    ["value", "valor"],
];

/// A message of the parser. What is not known stays in its words.
#[must_use]
pub fn toml_words(message: &str) -> Words {
    Words {
        pt: portuguese(message).unwrap_or_else(|| message.to_owned()),
        en: message.to_owned(),
    }
}

fn portuguese(message: &str) -> Option<String> {
    let (mistake, expected) = match message.split_once(", expected ") {
        Some((mistake, expected)) => (mistake, Some(expected)),
        None => (message, None),
    };
    let of_a_name = || {
        let mut rows = OF_A_NAME.iter();
        rows.find_map(|[en, pt]| Some(format!("{pt}{}", mistake.strip_prefix(*en)?)))
    };
    let mistake = told(MISTAKES, mistake).map(str::to_owned);
    let mistake = mistake.or_else(of_a_name)?;
    Some(match expected {
        None | Some("nothing") => mistake,
        Some(expected) => {
            let expected = expected.trim_start_matches("one of ").split(", ");
            let expected = expected.map(|one| told(EXPECTED, one).unwrap_or(one));
            format!(
                "{mistake}; esperado: {}",
                expected.collect::<Vec<_>>().join(", ")
            )
        }
    })
}

fn told<'t>(table: &[[&'t str; 2]], english: &str) -> Option<&'t str> {
    let row = table.iter().find(|[en, _]| *en == english);
    row.map(|[_, pt]| *pt)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong in each of these the parser says, not we: a message that it words otherwise one day is seen here.
    #[test]
    fn what_people_do_wrong_is_told_in_portuguese() {
        let wrong = [
            "name",
            "name = 10.0.0.1",
            "day = 2026-1-1",
            "n = 1x",
            "name =",
            "name = ana",
            "name = \"ana",
            "name = 'ana",
            "name = \"ana\"\nname = \"bia\"",
            "name = \"a\" port = 1",
            "name = \"\\q\"",
            "name = \"\\u12\"",
            "list = [1, 2",
            "list = [1 2]",
            "list = [1,,2]",
            "table = { a = 1, b",
            "table = { a = 1 b = 2 }",
            "[table",
            "[[table]",
            "[]",
            "a = 1\n[a.b]\n",
            "port = 01",
            "port = 1_",
            "port == 1",
            "= 1",
            "name: 1",
            "não = 1",
            "\"\"\"a\"\"\" = 1",
            "x = 0XFF",
            "a = 1\rb = 2",
            "# a\u{1}",
        ];
        let shown = wrong.map(|text| {
            let error = text.parse::<toml::Table>().expect_err("it is no TOML");
            let told = toml_words(error.message());
            format!("{text:?}\n  {}\n  {}\n", told.en, told.pt)
        });
        insta::assert_snapshot!(shown.concat());
    }
}
