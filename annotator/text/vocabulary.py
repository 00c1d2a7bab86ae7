"""Words the rules for transcripts know: titles, roles, headings, particles, outlets."""
# ruff: noqa: RUF001  (typographic marks and other scripts are what this is about)


def frozen_words(words: str) -> frozenset[str]:
    """Return the words of a list written as running text."""
    return frozenset(words.split())


def frozen_phrases(phrases: str) -> frozenset[str]:
    """Return the phrases of a list, one a line or divided by bars."""
    return frozenset(phrase.strip() for line in phrases.strip().splitlines() for phrase in line.split("|"))


#: Titles that may follow other words ("RUSSIAN PRESIDENT VLADIMIR PUTIN"); the name comes after the last of them.
OFFICES = frozen_phrases("""
    president|vice president|prime minister|minister|senator|sen.|representative|rep.|governor|gov.|general|gen.
    secretary|secretary general|secretary-general|secretary of state|secretary of defense|attorney general
    chancellor|ambassador|chairman|chairwoman|chair|congressman|congresswoman|spokesman|spokeswoman|spokesperson
    leader|commissioner|correspondent|reporter|anchor|moderator|professor|director|premier|bundeskanzler
    bundeskanzlerin|präsident|präsidentin|ministerpräsident|presidente|presidenta|président|ministre
    cumhurbaşkanı|cumhurbaşkani|başbakan|президент|премьер-министр|министр|πρόεδρος|πρωθυπουργός|υπουργός|colonel|col.
    lieutenant|lt.|major general|maj.|sergeant|sgt.|captain|capt.|admiral|adm.
""")
#: Titles that are first names, surnames or common words elsewhere: only at the start of a label.
HONORIFICS = frozen_phrases("""
    mr|mr.|mrs|mrs.|ms|ms.|miss|dr|dr.|doctor|prof|prof.|sir|dame|lord|lady|king|queen|prince|princess|pope
    judge|justice|chief justice|speaker|mayor|sheriff|rev|rev.|reverend|father|sister|brother|bishop|archbishop
    rabbi|imam|sheikh|ayatollah|coach|officer|detective|chief|host|first lady|major|sen|rep|gov|gen|lt|col|capt
    councilman|councilwoman|delegate|hon.|herr|frau|señor|señora|sr.|sra.|monsieur|madame|m.|mme|г-н|г-жа
    господин|κύριος|κυρία|sayın|الرئيس|الدكتور|السيد|श्री
""")
QUALIFIERS = frozen_words("former then acting deputy vice assistant associate senior retired ret. the first")

#: Labels of people without a name; not linked to any surname.
UNNAMED = frozen_words("""
    unidentified unknown man woman boy girl child person male female speaker narrator announcer host co-host
    moderator interviewer interviewee reporter correspondent anchor caller questioner question answer q a
    audience crowd candidates participants participant protesters protester crowds group chorus operator
    interpreter translator all both member voter voters student students teacher judge clerk voice voices
    producer president chairman chairwoman chair automated computer-generated recording respondent subject
    witness the court спикер ведущий ведущая вопрос ответ παρουσιαστής
    سؤال جواب المذيع 问 答 主持人 记者 問 司会 질문 답변
""")
UNNAMED_ROLES = frozen_words("""
    host co-host narrator announcer moderator interviewer reporter correspondent anchor operator interpreter
    translator president chairman chairwoman chair judge clerk producer
""")
BYLINES = frozenset(["byline", "by-line"])
#: Headings, also with words after them ("BREAKING NEWS", "READ MORE").
HEADINGS = frozen_words("""
    note notes breaking update updates updated correction corrections clarification warning photo photos picture
    image caption credit credits source sources watch read video live exclusive analysis opinion transcript date
    title headline byline by author url link links topic topics subject time timeline copyright contact related
    more disclaimer summary background context example what why how when where which listen download subscribe
    share tags published posted modified outlet publication duration email e-mail advertisement sponsored
    editor's editor’s hinweis aktualisierung примечание важно ملاحظة ملاحظه عاجل تحديث 注 注意 更新 快讯
""")
#: Words that open a sentence, on their own before a colon.
OPENERS = frozen_words("""
    ps p.s. tldr fyi nb n.b. remember first second third finally however but and or yes no well ok okay who see
    also then still look listen imagine
""")
#: Not those that are surnames as well (Has, Read, Wills).
SPEECH_VERBS = frozen_words("""
    said says saying asked asks told tells added adds wrote writes replied replies answered explained continued
    concluded warned argued stated reported announced insisted
""")
#: Small words of names, left in lower case within a name.
PARTICLES = frozen_words(
    "von van der den dem de del della di da dos das do du la le ten ter zu zum af av bin bint ibn al el y e"
)
#: Particles in lower case even as the first word of a name; others (Van Jones, Le Pen) are capitals there.
LOWER_FIRST = frozen_words("von de del della zu af bin bint ibn")
SMALL_WORDS = frozen_words("of the and for to in on at a an de la der die und du des et y")
#: Words that begin a sentence before a name, in capitals only for that reason.
STARTERS = frozen_words("""
    a after again all also although an and another any are as at because before both but by can could despite
    did do does during even every for from had has have he her here his how however i if in indeed is it its
    just last later like many maybe meanwhile more most mr mrs ms my next nor not now of on once one only or
    other our out over perhaps please said says shall she should since so some still such thank thanks that the
    their then there these they this those though through thus to today tomorrow tonight under unlike until us
    was we well were what when where whether which while who whom whose why will with without would yes
    yesterday yet you your analyst ok okay hey hi hello dear congratulations monday tuesday wednesday thursday
    friday saturday sunday january february march april may june july august september october november december
""")
ACRONYMS = frozen_words("""
    ABC NPR UN EU UK US USA NATO CIA FBI CEO AP PBS AFP UAE IAEA OSCE CBC ITV UNESCO NASA AFL-CIO
""")
#: Outlets recognised on a line of their own.
OUTLETS = frozen_phrases("""
    npr|npr news|cnn|bbc|bbc news|reuters|associated press|the associated press|ap|afp|the new york times
    new york times|the washington post|washington post|the guardian|fox news|msnbc|nbc news|abc news|cbs news
    pbs newshour|politico|the wall street journal|the economist|financial times|bloomberg|al jazeera
    deutsche welle|dw|le monde|der spiegel|usa today|the times|the telegraph|the independent|sky news|euronews
    tass|rt|the hill|axios|time|los angeles times
""")
