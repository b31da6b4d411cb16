"""The languages that people speak: their names in any script, and the codes behind them."""

import difflib
import re
from functools import lru_cache

from community.kit.languages import LANGUAGES, locale
from community.kit.search import fold

_CODE = re.compile(r"[a-z]{2,3}")
_NOT_SPOKEN = {"und", "mul", "zxx", "mis", "root"}
_ALSO = {
    "mandarin": "zh", "putonghua": "zh", "普通话": "zh", "普通話": "zh", "国语": "zh", "國語": "zh",
    "汉语": "zh", "漢語": "zh", "华语": "zh", "華語": "zh", "简体中文": "zh", "繁體中文": "zh",
    "zh_hans": "zh", "zh_hant": "zh", "cmn": "zh", "粤语": "yue", "粵語": "yue", "广东话": "yue",
    "廣東話": "yue", "castilian": "es", "castellano": "es", "farsi": "fa", "flemish": "nl",
    "vlaams": "nl", "tagalog": "fil", "tl": "fil", "bokmål": "nb", "moldovan": "ro", "iw": "he",
    "español (españa)": "es", "english (uk)": "en", "british english": "en",
    "american english": "en", "português do brasil": "pt", "brazilian portuguese": "pt",
}  # fmt: skip
"""What people also call a language."""
# fmt: off
OWN_NAMES = {
    "aa": "Qafar", "ab": "Аԥсшәа", "am": "አማርኛ", "an": "aragonés", "ar": "العربية",
    "arn": "Mapudungun", "as": "অসমীয়া", "asa": "Kipare", "ast": "asturianu", "az": "azərbaycan",
    "ba": "башҡорт теле", "bal": "بلۆچی", "bas": "Ɓàsàa", "be": "беларуская", "bem": "Ichibemba",
    "bez": "Hibena", "bg": "български", "bgc": "हरियाणवी", "bgn": "بلوچی (رخشانی)",
    "bho": "भोजपुरी", "blo": "anii kagɩja", "blt": "ꪼꪕꪒꪾ", "bm": "bamanakan", "bn": "বাংলা",
    "bo": "བོད་སྐད་", "br": "brezhoneg", "brx": "बर’", "bs": "bosanski", "byn": "ብሊን",
    "ca": "català", "ccp": "𑄌𑄋𑄴𑄟𑄳𑄦", "ce": "нохчийн", "cgg": "Rukiga", "cho": "Chahta",
    "chr": "ᏣᎳᎩ", "cic": "Chikashshanompaʼ", "ckb": "کوردیی ناوەندی", "co": "corsu",
    "cs": "čeština", "csw": "ᓀᐦᐃᓇᐍᐏᐣ", "cu": "церковнослове́нскїй", "cv": "чӑваш",
    "cy": "Cymraeg", "da": "dansk", "dav": "Kitaita", "de": "Deutsch", "dje": "Zarmaciine",
    "doi": "डोगरी", "dsb": "dolnoserbšćina", "dua": "duálá", "dv": "ދިވެހިބަސް", "dyo": "joola",
    "dz": "རྫོང་ཁ", "ebu": "Kĩembu", "ee": "eʋegbe", "el": "Ελληνικά", "es": "español",
    "et": "eesti", "eu": "euskara", "fa": "فارسی", "ff": "Pulaar", "fi": "suomi",
    "fo": "føroyskt", "fr": "français", "frr": "Nordfriisk", "fur": "furlan", "fy": "Frysk",
    "ga": "Gaeilge", "gaa": "Gã", "gd": "Gàidhlig", "gez": "ግዕዝኛ", "gl": "galego",
    "gn": "avañe’ẽ", "gsw": "Schwiizertüütsch", "gu": "ગુજરાતી", "guz": "Ekegusii", "gv": "Gaelg",
    "haw": "ʻŌlelo Hawaiʻi", "he": "עברית", "hi": "हिन्दी", "hnj": "𞄀𞄄𞄰𞄩𞄍𞄜𞄰", "hr": "hrvatski",
    "hsb": "hornjoserbšćina", "ht": "Kreyòl Ayisyen", "hu": "magyar", "hy": "հայերեն",
    "id": "Indonesia", "ii": "ꆈꌠꉙ", "is": "íslenska", "it": "italiano", "iu": "ᐃᓄᒃᑎᑐᑦ",
    "ja": "日本語", "jbo": "la .lojban.", "jgo": "Ndaꞌa", "jmc": "Kimachame", "jv": "Jawa",
    "ka": "ქართული", "kaa": "қарақалпақша", "kab": "Taqbaylit", "kaj": "Kaje", "kam": "Kikamba",
    "kcg": "Katab", "kde": "Chimakonde", "ken": "Kɛnyaŋ", "kgp": "kanhgág", "khq": "Koyra ciini",
    "ki": "Gikuyu", "kk": "қазақ тілі", "kkj": "kakɔ", "km": "ខ្មែរ", "kn": "ಕನ್ನಡ", "ko": "한국어",
    "kok": "कोंकणी", "kpe": "Kpɛlɛɛ", "ks": "کٲشُر", "ksb": "Kishambaa", "ksf": "rikpa",
    "ksh": "Kölsch", "ku": "kurdî (kurmancî)", "kw": "kernewek", "ky": "кыргызча", "la": "Latina",
    "lag": "Kɨlaangi", "lb": "Lëtzebuergesch", "lg": "Luganda", "lij": "ligure",
    "lkt": "Lakȟólʼiyapi", "ln": "lingála", "lo": "ລາວ", "lrc": "لۊری شومالی", "lt": "lietuvių",
    "ltg": "latgalīšu", "lu": "Tshiluba", "luo": "Dholuo", "luy": "Luluhia", "lv": "latviešu",
    "mai": "मैथिली", "mas": "Maa", "mdf": "мокшень кяль", "mer": "Kĩmĩrũ",
    "mfe": "kreol morisien", "mgh": "Makua", "mic": "Lʼnuiʼsuti", "mk": "македонски",
    "ml": "മലയാളം", "mn": "монгол", "mni": "মৈতৈলোন্", "moh": "Kanienʼkéha", "mr": "मराठी",
    "ms": "Melayu", "mt": "Malti", "mua": "MUNDAŊ", "mus": "Mvskoke", "my": "မြန်မာ",
    "myv": "эрзянь кель", "mzn": "مازرونی", "naq": "Khoekhoegowab", "nb": "norsk bokmål",
    "nd": "isiNdebele", "nds": "Neddersass’sch", "ne": "नेपाली", "nl": "Nederlands",
    "nn": "norsk nynorsk", "nnh": "Shwóŋò ngiembɔɔn", "no": "norsk", "nqo": "ߒߞߏ",
    "nr": "isiNdebele", "nso": "Sesotho sa Leboa", "nus": "Thok Nath", "nv": "Diné Bizaad",
    "nyn": "Runyankore", "om": "Oromoo", "or": "ଓଡ଼ିଆ", "os": "ирон", "osa": "𐓏𐓘𐓻𐓘𐓻𐓟",
    "pa": "ਪੰਜਾਬੀ", "pap": "Papiamentu", "pcm": "Naijíriá Píjin", "pl": "polski",
    "prg": "prūsiskan", "ps": "پښتو", "pt": "português", "qu": "Runasimi", "raj": "राजस्थानी",
    "rhg": "𐴌𐴗𐴥𐴝𐴙𐴚𐴒𐴙𐴝", "rif": "Tarifit", "rm": "rumantsch", "rn": "Ikirundi", "ro": "română",
    "rof": "Kihorombo", "ru": "русский", "rw": "Ikinyarwanda", "rwk": "Kiruwa",
    "sa": "संस्कृत भाषा", "sah": "саха тыла", "saq": "Kisampur", "sat": "ᱥᱟᱱᱛᱟᱲᱤ",
    "sbp": "Ishisangu", "sc": "sardu", "scn": "sicilianu", "sd": "سنڌي", "sdh": "کوردی خوارگ",
    "se": "davvisámegiella", "sg": "Sängö", "shi": "ⵜⴰⵛⵍⵃⵉⵜ", "shn": "တႆး", "si": "සිංහල",
    "sid": "Sidaamu Afo", "sk": "slovenčina", "sl": "slovenščina", "sma": "Åarjelsaemien gïele",
    "smj": "julevsámegiella", "smn": "anarâškielâ", "sms": "sääʹmǩiõll", "sn": "chiShona",
    "so": "Soomaali", "sq": "shqip", "sr": "српски", "ss": "siSwati", "st": "Sesotho",
    "su": "Basa Sunda", "sv": "svenska", "sw": "Kiswahili", "syr": "ܣܘܪܝܝܐ", "szl": "ślōnski",
    "ta": "தமிழ்", "te": "తెలుగు", "teo": "Kiteso", "tg": "тоҷикӣ", "th": "ไทย", "ti": "ትግርኛ",
    "tig": "ትግረ", "tk": "türkmen dili", "tn": "Setswana", "to": "lea fakatonga", "tr": "Türkçe",
    "trv": "patas Taroko", "trw": "توروالی", "ts": "Xitsonga", "tt": "татар",
    "twq": "Tasawaq senni", "tzm": "Tamaziɣt n laṭlaṣ", "ug": "ئۇيغۇرچە", "uk": "українська",
    "ur": "اردو", "uz": "o‘zbek", "vai": "ꕙꔤ", "ve": "Tshivenḓa", "vec": "veneto",
    "vi": "Tiếng Việt", "vmw": "emakhuwa", "vun": "Kyivunjo", "wa": "walon", "wal": "ወላይታቱ",
    "xh": "IsiXhosa", "xnr": "कांगड़ी", "xog": "Olusoga", "yav": "nuasue", "yi": "ייִדיש",
    "yo": "Èdè Yorùbá", "yrl": "nheẽgatu", "yue": "粵語", "za": "Vahcuengh", "zgh": "ⵜⴰⵎⴰⵣⵉⵖⵜ",
    "zh": "中文", "zu": "isiZulu",
}
# fmt: on
"""What languages call themselves, where that is not their English name (from CLDR)."""


def name(code: str, language: str) -> str:
    """What a language is called in the reader's language; the code where nobody knows it."""
    return str(
        locale(language).languages.get(code)
        or locale("en").languages.get(code)
        or OWN_NAMES.get(code)
        or code
    )


def find(typed: str, language: str) -> str | None:
    """The code of a language by its name in the reader's language, in any of ours, or in itself."""
    asked = fold(typed.strip())
    named = (_names(each).get(asked) for each in (language, *LANGUAGES))
    return next((code for code in named if code), None) or _own().get(asked)


def own_name(code: str) -> str:
    """What a language calls itself."""
    return OWN_NAMES.get(code) or name(code, "en")


def nearest(typed: str, language: str) -> str | None:
    """The language that was perhaps meant, by its name in the reader's language."""
    near = difflib.get_close_matches(fold(typed)[:60], _names(language), n=1, cutoff=0.75)
    return name(_names(language)[near[0]], language) if near else None


def all_names(language: str) -> list[str]:
    """Every language by its name in the reader's language, sorted as that language sorts."""
    return sorted({name(code, language) for code in _names(language).values()}, key=fold)


@lru_cache
def _names(language: str) -> dict[str, str]:
    return {
        fold(str(called)): code
        for code, called in locale(language).languages.items()
        if _CODE.fullmatch(code) and code not in _NOT_SPOKEN
    }


@lru_cache
def _own() -> dict[str, str]:
    codes = {code: code for code in _names("en").values()}
    own = {fold(called): code for code, called in OWN_NAMES.items()}
    also = {fold(called): code for called, code in _ALSO.items()}
    return codes | own | also
