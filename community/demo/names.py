"""What people in the demo town are called: in the scripts of the places that they come from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Culture:
    """Names that go together, each with how it is written in handles; and what is spoken at home.

    ``order`` puts the given and the family name together. ``weight`` says how many in town
    have such names.
    """

    given: tuple[str, ...]
    family: tuple[str, ...]
    languages: tuple[str, ...]
    weight: int
    order: str = "{given} {family}"


_PLAIN = str.maketrans({"ø": "o", "ł": "l", "Ł": "L", "ı": "i", "đ": "d", "Đ": "D", "ß": "ss"})
"""Letters that are no plain letter with an accent."""


def _all(names: str) -> tuple[str, ...]:
    return tuple(names.split())


CULTURES = (
    Culture(
        _all("Edith Rory Maeve Tom Hazel Owen Bridget Callum Nell Wilf Josie Ewan Tamsin Alfie"),
        _all("Harper Byrne Whitlock Pryce Gallagher Thorne Askew Penrose Lockhart Marsh Dunne"),
        ("en",),
        10,
    ),
    Culture(
        _all("Ana Duarte Inês Tiago Lúcia Mateus Rosário Joaquín Paloma Iker Nuria Rafael Vera"),
        _all("Carvalho Figueira Quintana Sequeira Robledo Valverde Teixeira Ibáñez Moura Salgado"),
        ("pt", "es", "en"),
        8,
    ),
    Culture(
        _all("Anneke Jonas Friederike Matthis Lotte Ulrich Greta Henning Käthe Bastian Wiebke Emil"),
        _all("Brandt Möller Vogelsang Hansen Krüger Lindemann Achterberg Schönfeld Petersen Weiß"),
        ("de", "en"),
        9,
    ),
    Culture(
        _all("Astrid Søren Liv Håkon Solveig Elin Mikkel Tuva Bjarne Sanna Eero Aino Torvald Maj"),
        _all("Lindqvist Halvorsen Nygård Åkesson Rasmussen Koskinen Solheim Bergström Virtanen"),
        ("nb", "sv", "en"),
        8,
    ),
    Culture(
        _all("Zofia Tomasz Agnieszka Paweł Halina Krzysztof Małgorzata Jędrzej Bożena Łukasz Ewa"),
        _all("Nowak Wójcik Mazur Kaczmarek Zając Król Wieczorek Wróbel Stępień Pawlak"),
        ("pl", "en"),
        6,
    ),
    Culture(
        _all("Solène Mathieu Élodie Gaëtan Margaux Théo Chiara Lorenzo Ginevra Pietro Noémie Loïc"),
        _all("Lefèvre Garnier Beaumont Rousselle Conti Marchetti Bellini Fournier Moretti Perrin"),
        ("fr", "it", "en"),
        7,
    ),
    Culture(
        _all("Ayşe Emre Zeynep Kerem Elif Barış Defne Çağla Tuğrul Nazlı Onur Şirin"),
        _all("Demir Yıldız Kaya Özdemir Aydın Şahin Erdoğan Çelik Koç Güneş"),
        ("tr", "en"),
        6,
    ),
    Culture(
        _all("Ama Kwame Adaeze Chidi Efua Tunde Folake Kofi Ngozi Sekou Aïssatou Yaw Wanjiru"),
        _all("Osei Okafor Mensah Adeyemi Boateng Diallo Nwosu Kamau Traoré Asante Eze"),
        ("en", "fr", "ak"),
        7,
    ),
    Culture(
        ("明:ming", "芳:fang", "建国:jianguo", "晓燕:xiaoyan", "伟:wei", "静怡:jingyi", "磊:lei",
         "雪:xue", "志强:zhiqiang", "婷:ting", "雨桐:yutong", "海:hai", "秀英:xiuying", "一凡:yifan"),
        ("李:li", "王:wang", "张:zhang", "刘:liu", "陈:chen", "杨:yang", "周:zhou", "吴:wu",
         "欧阳:ouyang", "林:lin", "何:he"),
        ("zh", "en"),
        14,
        "{family}{given}",
    ),
    Culture(
        ("민준:minjun", "서연:seoyeon", "지우:jiwoo", "하은:haeun", "도윤:doyun", "수빈:subin",
         "현우:hyunwoo", "은지:eunji"),
        ("김:kim", "이:lee", "박:park", "최:choi", "정:jung", "윤:yoon"),
        ("ko", "en"),
        5,
        "{family}{given}",
    ),
    Culture(
        ("さくら:sakura", "健太:kenta", "陽子:yoko", "大輔:daisuke", "美咲:misaki", "直樹:naoki",
         "千尋:chihiro", "翔:sho"),
        ("佐藤:sato", "高橋:takahashi", "中村:nakamura", "小林:kobayashi", "山田:yamada", "森:mori"),
        ("ja", "en"),
        5,
        "{family} {given}",
    ),
    Culture(
        ("ليلى:layla", "يوسف:yusuf", "مريم:maryam", "عمر:omar", "نور:nour", "سامي:sami",
         "هدى:huda", "طارق:tariq", "رنا:rana"),
        ("حداد:haddad", "الخطيب:al-khatib", "منصور:mansour", "نجار:najjar", "سليمان:suleiman",
         "قاسم:qasim"),
        ("ar", "en"),
        6,
    ),
    Culture(
        ("Ελένη:eleni", "Νίκος:nikos", "Δήμητρα:dimitra", "Γιώργος:giorgos", "Κατερίνα:katerina",
         "Στέλιος:stelios", "Ιωάννα:ioanna"),
        ("Παπαγεωργίου:papageorgiou", "Οικονόμου:oikonomou", "Δημητρίου:dimitriou",
         "Βασιλείου:vasileiou", "Αθανασίου:athanasiou"),
        ("el", "en"),
        4,
    ),
    Culture(
        ("Оксана:oksana", "Тарас:taras", "Ірина:iryna", "Богдан:bohdan", "Наталія:nataliia",
         "Андрій:andrii", "Соломія:solomiia", "Марко:marko"),
        ("Шевченко:shevchenko", "Коваленко:kovalenko", "Бондаренко:bondarenko",
         "Мельник:melnyk", "Ткаченко:tkachenko", "Гончаренко:honcharenko"),
        ("uk", "pl", "en"),
        6,
    ),
    Culture(
        ("आरती:aarti", "विक्रम:vikram", "मीरा:meera", "राहुल:rahul", "काव्या:kavya", "अर्जुन:arjun",
         "सुनीता:sunita", "देव:dev"),
        ("शर्मा:sharma", "गुप्ता:gupta", "वर्मा:verma", "मिश्रा:mishra", "जोशी:joshi", "राव:rao"),
        ("hi", "en"),
        5,
    ),
    Culture(
        _all("Lan Minh Thảo Quân Hương Đức Ngọc Tuấn Linh"),
        _all("Nguyễn Trần Phạm Lê Đặng Bùi"),
        ("vi", "en"),
        3,
        "{family} {given}",
    ),
)  # fmt: skip


def full_name(culture: Culture, given: str, family: str) -> tuple[str, str]:
    """A name as it is written, and in Latin letters."""
    native = [part.partition(":") for part in (given, family)]
    written = culture.order.format(given=native[0][0], family=native[1][0])
    return written, " ".join(latin or own for own, _, latin in native).translate(_PLAIN)
