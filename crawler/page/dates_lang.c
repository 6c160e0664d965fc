#include "crawler/page/dates_lang.h"

/* Sorted by bytes for the binary search; a test checks the order. */
struct word_number {
	const char *word;
	int32_t number;
};

/* clang-format off */
static const struct word_number months[] = {
	{"abr", 4}, {"abril", 4}, {"ago", 8}, {"agost", 8}, {"agosto", 8}, {"agt", 8},
	{"agu", 8}, {"agust", 8}, {"agustos", 8}, {"agustus", 8}, {"aou", 8}, {"aout", 8},
	{"apr", 4}, {"aprel", 4}, {"april", 4}, {"aprila", 4}, {"aprile", 4}, {"aprili", 4},
	{"aprilie", 4}, {"aprilis", 4}, {"aprill", 4}, {"ara", 12}, {"aralik", 12}, {"aug", 8},
	{"august", 8}, {"augusta", 8}, {"augusti", 8}, {"augusts", 8}, {"augustus", 8},
	{"augusztus", 8}, {"avgust", 8}, {"avgusta", 8}, {"avqust", 8}, {"avr", 4}, {"avril", 4},
	{"balandzio", 4}, {"birzelio", 6}, {"bre", 3}, {"brezen", 3}, {"brezna", 3},
	{"cerven", 6}, {"cervence", 7}, {"cervenec", 7}, {"cervna", 6}, {"cvc", 7}, {"cvn", 6},
	{"cze", 6}, {"czerwca", 6}, {"czerwiec", 6}, {"dec", 12}, {"decembar", 12},
	{"december", 12}, {"decembra", 12}, {"decembre", 12}, {"decembri", 12},
	{"decembrie", 12}, {"decembris", 12}, {"dekabr", 12}, {"des", 12}, {"desember", 12},
	{"desembre", 12}, {"detsember", 12}, {"dez", 12}, {"dezember", 12}, {"dezembro", 12},
	{"dhjetor", 12}, {"dic", 12}, {"dicembre", 12}, {"diciembre", 12}, {"disember", 12},
	{"dub", 4}, {"duben", 4}, {"dubna", 4}, {"eki", 10}, {"ekim", 10}, {"elo", 8},
	{"elokuu", 8}, {"elokuuta", 8}, {"ene", 1}, {"enero", 1}, {"eyl", 9}, {"eylul", 9},
	{"feb", 2}, {"febbr", 2}, {"febbraio", 2}, {"feber", 2}, {"febr", 2}, {"febrer", 2},
	{"febrero", 2}, {"februar", 2}, {"februara", 2}, {"februari", 2}, {"februarie", 2},
	{"februaris", 2}, {"februarja", 2}, {"february", 2}, {"fev", 2}, {"fevereiro", 2},
	{"fevr", 2}, {"fevral", 2}, {"fevrier", 2}, {"geguzes", 5}, {"gen", 1}, {"gener", 1},
	{"genn", 1}, {"gennaio", 1}, {"giu", 6}, {"giugno", 6}, {"gru", 12}, {"grudnia", 12},
	{"grudzien", 12}, {"gruodzio", 12}, {"gusht", 8}, {"haz", 6}, {"haziran", 6},
	{"heina", 7}, {"heinakuu", 7}, {"heinakuuta", 7}, {"helmi", 2}, {"helmikuu", 2},
	{"helmikuuta", 2}, {"huhti", 4}, {"huhtikuu", 4}, {"huhtikuuta", 4}, {"ian", 1},
	{"ianuarie", 1}, {"iul", 7}, {"iulie", 7}, {"iun", 6}, {"iunie", 6}, {"iyul", 7},
	{"iyun", 6}, {"jaanuar", 1}, {"jan", 1}, {"janar", 1}, {"janeiro", 1}, {"janner", 1},
	{"januar", 1}, {"januara", 1}, {"januari", 1}, {"januarja", 1}, {"january", 1},
	{"janv", 1}, {"janvari", 1}, {"janvaris", 1}, {"janvier", 1}, {"joulu", 12},
	{"joulukuu", 12}, {"joulukuuta", 12}, {"juil", 7}, {"juillet", 7}, {"juin", 6},
	{"jul", 7}, {"jula", 7}, {"julai", 7}, {"julho", 7}, {"juli", 7}, {"julija", 7},
	{"julijs", 7}, {"julio", 7}, {"juliol", 7}, {"julius", 7}, {"july", 7}, {"jun", 6},
	{"juna", 6}, {"june", 6}, {"junho", 6}, {"juni", 6}, {"junija", 6}, {"junijs", 6},
	{"junio", 6}, {"junius", 6}, {"juny", 6}, {"juuli", 7}, {"juuni", 6}, {"kas", 11},
	{"kasim", 11}, {"kesa", 6}, {"kesakuu", 6}, {"kesakuuta", 6}, {"kolovoz", 8},
	{"kolovoza", 8}, {"korrik", 7}, {"kovo", 3}, {"kve", 5}, {"kveten", 5}, {"kvetna", 5},
	{"kwi", 4}, {"kwiecien", 4}, {"kwietnia", 4}, {"lapkricio", 11}, {"led", 1},
	{"leden", 1}, {"ledna", 1}, {"liepos", 7}, {"lip", 7}, {"lipanj", 6}, {"lipca", 7},
	{"lipiec", 7}, {"lipnja", 6}, {"lis", 11}, {"listopad", 11}, {"listopada", 11},
	{"listopadu", 11}, {"loka", 10}, {"lokakuu", 10}, {"lokakuuta", 10}, {"lug", 7},
	{"luglio", 7}, {"lut", 2}, {"lutego", 2}, {"luty", 2}, {"maalis", 3}, {"maaliskuu", 3},
	{"maaliskuuta", 3}, {"maart", 3}, {"mac", 3}, {"maerz", 3}, {"mag", 5}, {"magg", 5},
	{"maggio", 5}, {"mai", 5}, {"maig", 5}, {"maija", 5}, {"maijs", 5}, {"maio", 5},
	{"maj", 5}, {"maja", 5}, {"majus", 5}, {"mar", 3}, {"marc", 3}, {"marca", 3},
	{"march", 3}, {"marcius", 3}, {"marco", 3}, {"marec", 3}, {"maret", 3}, {"marras", 11},
	{"marraskuu", 11}, {"marraskuuta", 11}, {"mars", 3}, {"mart", 3}, {"marta", 3},
	{"martie", 3}, {"marts", 3}, {"marz", 3}, {"marzec", 3}, {"marzo", 3}, {"may", 5},
	{"mayis", 5}, {"mayo", 5}, {"mei", 5}, {"mrt", 3}, {"mrz", 3}, {"nentor", 11},
	{"nis", 4}, {"nisan", 4}, {"noi", 11}, {"noiembrie", 11}, {"nopember", 11}, {"nov", 11},
	{"novembar", 11}, {"november", 11}, {"novembra", 11}, {"novembre", 11}, {"novembri", 11},
	{"novembris", 11}, {"novembro", 11}, {"noviembre", 11}, {"noyabr", 11}, {"oca", 1},
	{"ocak", 1}, {"oct", 10}, {"october", 10}, {"octobre", 10}, {"octombrie", 10},
	{"octubre", 10}, {"ogos", 8}, {"okt", 10}, {"oktobar", 10}, {"oktober", 10},
	{"oktobra", 10}, {"oktobri", 10}, {"oktobris", 10}, {"oktoober", 10}, {"oktyabr", 10},
	{"ott", 10}, {"ottobre", 10}, {"out", 10}, {"outubro", 10}, {"ozujak", 3}, {"ozujka", 3},
	{"paz", 10}, {"pazdziernik", 10}, {"pazdziernika", 10}, {"pebruari", 2}, {"prill", 4},
	{"pro", 12}, {"prosinac", 12}, {"prosinca", 12}, {"prosince", 12}, {"prosinec", 12},
	{"qershor", 6}, {"rij", 10}, {"rijen", 10}, {"rijna", 10}, {"rugpjucio", 8},
	{"rugsejo", 9}, {"rujan", 9}, {"rujna", 9}, {"sausio", 1}, {"sentyabr", 9}, {"sep", 9},
	{"sept", 9}, {"septembar", 9}, {"september", 9}, {"septembra", 9}, {"septembre", 9},
	{"septembri", 9}, {"septembrie", 9}, {"septembris", 9}, {"septiembre", 9}, {"set", 9},
	{"setembre", 9}, {"setembro", 9}, {"setiembre", 9}, {"sett", 9}, {"settembre", 9},
	{"shkurt", 2}, {"shtator", 9}, {"sie", 8}, {"sierpien", 8}, {"sierpnia", 8},
	{"sijecanj", 1}, {"sijecnja", 1}, {"spalio", 10}, {"srp", 8}, {"srpanj", 7},
	{"srpen", 8}, {"srpna", 8}, {"srpnja", 7}, {"studeni", 11}, {"studenog", 11},
	{"studenoga", 11}, {"sty", 1}, {"styczen", 1}, {"stycznia", 1}, {"sub", 2}, {"subat", 2},
	{"svibanj", 5}, {"svibnja", 5}, {"syys", 9}, {"syyskuu", 9}, {"syyskuuta", 9},
	{"szept", 9}, {"szeptember", 9}, {"tammi", 1}, {"tammikuu", 1}, {"tammikuuta", 1},
	{"tem", 7}, {"temmuz", 7}, {"tetor", 10}, {"touko", 5}, {"toukokuu", 5},
	{"toukokuuta", 5}, {"travanj", 4}, {"travnja", 4}, {"uno", 2}, {"unor", 2}, {"unora", 2},
	{"vasario", 2}, {"veebruar", 2}, {"veljaca", 2}, {"veljace", 2}, {"wrz", 9},
	{"wrzesien", 9}, {"wrzesnia", 9}, {"yanvar", 1}, {"zar", 9}, {"zari", 9}, {"απρ", 4},
	{"απριλιοσ", 4}, {"απριλιου", 4}, {"αυγ", 8}, {"αυγουστοσ", 8}, {"αυγουστου", 8},
	{"δεκ", 12}, {"δεκεμβριοσ", 12}, {"δεκεμβριου", 12}, {"ιαν", 1}, {"ιανουαριοσ", 1},
	{"ιανουαριου", 1}, {"ιουλ", 7}, {"ιουλιοσ", 7}, {"ιουλιου", 7}, {"ιουν", 6},
	{"ιουνιοσ", 6}, {"ιουνιου", 6}, {"μαι", 5}, {"μαιοσ", 5}, {"μαιου", 5}, {"μαρ", 3},
	{"μαρτιοσ", 3}, {"μαρτιου", 3}, {"νοε", 11}, {"νοεμ", 11}, {"νοεμβριοσ", 11},
	{"νοεμβριου", 11}, {"οκτ", 10}, {"οκτωβριοσ", 10}, {"οκτωβριου", 10}, {"σεπ", 9},
	{"σεπτ", 9}, {"σεπτεμβριοσ", 9}, {"σεπτεμβριου", 9}, {"φεβ", 2}, {"φεβρουαριοσ", 2},
	{"φεβρουαριου", 2}, {"авг", 8}, {"август", 8}, {"августа", 8}, {"апр", 4}, {"апрель", 4},
	{"апреля", 4}, {"април", 4}, {"априла", 4}, {"бер", 3}, {"березень", 3}, {"березня", 3},
	{"вер", 9}, {"верасня", 9}, {"вересень", 9}, {"вересня", 9}, {"груд", 12},
	{"грудень", 12}, {"грудня", 12}, {"дек", 12}, {"декабрь", 12}, {"декабря", 12},
	{"декември", 12}, {"децембар", 12}, {"децембра", 12}, {"жніўня", 8}, {"жовт", 10},
	{"жовтень", 10}, {"жовтня", 10}, {"июл", 7}, {"июль", 7}, {"июля", 7}, {"июн", 6},
	{"июнь", 6}, {"июня", 6}, {"кастрычніка", 10}, {"квіт", 4}, {"квітень", 4},
	{"квітня", 4}, {"красавіка", 4}, {"лип", 7}, {"липень", 7}, {"липня", 7}, {"лист", 11},
	{"листопад", 11}, {"листопада", 11}, {"лют", 2}, {"лютага", 2}, {"лютий", 2},
	{"лютого", 2}, {"ліпеня", 7}, {"лістапада", 11}, {"май", 5}, {"мар", 3}, {"март", 3},
	{"марта", 3}, {"мая", 5}, {"мај", 5}, {"маја", 5}, {"новембар", 11}, {"новембра", 11},
	{"ноември", 11}, {"ноя", 11}, {"нояб", 11}, {"ноябрь", 11}, {"ноября", 11}, {"окт", 10},
	{"октобар", 10}, {"октобра", 10}, {"октомври", 10}, {"октябрь", 10}, {"октября", 10},
	{"сакавіка", 3}, {"сен", 9}, {"сент", 9}, {"сентябрь", 9}, {"сентября", 9},
	{"септембар", 9}, {"септембра", 9}, {"септември", 9}, {"серп", 8}, {"серпень", 8},
	{"серпня", 8}, {"снежня", 12}, {"студзеня", 1}, {"січ", 1}, {"січень", 1}, {"січня", 1},
	{"трав", 5}, {"травень", 5}, {"травня", 5}, {"траўня", 5}, {"фебруар", 2},
	{"фебруара", 2}, {"фев", 2}, {"февр", 2}, {"февраль", 2}, {"февраля", 2},
	{"февруари", 2}, {"черв", 6}, {"червень", 6}, {"червня", 6}, {"чэрвеня", 6}, {"юли", 7},
	{"юни", 6}, {"янв", 1}, {"январь", 1}, {"января", 1}, {"януари", 1}, {"јануар", 1},
	{"јануара", 1}, {"јул", 7}, {"јула", 7}, {"јун", 6}, {"јуна", 6}, {"אוגוסט", 8},
	{"אוקטובר", 10}, {"אפריל", 4}, {"באוגוסט", 8}, {"באוקטובר", 10}, {"באפריל", 4},
	{"בדצמבר", 12}, {"ביולי", 7}, {"ביוני", 6}, {"בינואר", 1}, {"במאי", 5}, {"במרס", 3},
	{"במרץ", 3}, {"בנובמבר", 11}, {"בספטמבר", 9}, {"בפברואר", 2}, {"דצמבר", 12}, {"יולי", 7},
	{"יוני", 6}, {"ינואר", 1}, {"מאי", 5}, {"מרס", 3}, {"מרץ", 3}, {"נובמבר", 11},
	{"ספטמבר", 9}, {"פברואר", 2}, {"آب", 8}, {"آذار", 3}, {"آوریل", 4}, {"أبريل", 4},
	{"أغسطس", 8}, {"أفريل", 4}, {"أكتوبر", 10}, {"أوت", 8}, {"أيار", 5}, {"أيلول", 9},
	{"إبريل", 4}, {"ابريل", 4}, {"اذار", 3}, {"اغسطس", 8}, {"اكتوبر", 10}, {"اوت", 8},
	{"ايار", 5}, {"ايلول", 9}, {"اکتبر", 10}, {"تموز", 7}, {"جانفي", 1}, {"جوان", 6},
	{"جويلية", 7}, {"حزيران", 6}, {"دجنبر", 12}, {"دسامبر", 12}, {"ديسمبر", 12},
	{"سبتمبر", 9}, {"سپتامبر", 9}, {"شباط", 2}, {"فبراير", 2}, {"فوریه", 2}, {"فيفري", 2},
	{"كانون", 1}, {"مارس", 3}, {"ماي", 5}, {"مايو", 5}, {"مه", 5}, {"نوامبر", 11},
	{"نوفمبر", 11}, {"نونبر", 11}, {"نيسان", 4}, {"يناير", 1}, {"يوليه", 7}, {"يوليو", 7},
	{"يونيه", 6}, {"يونيو", 6}, {"ژانویه", 1}, {"ژوئن", 6}, {"ژوئیه", 7}, {"अक्टूबर", 10},
	{"अक्तूबर", 10}, {"अगस्त", 8}, {"अप्रैल", 4}, {"जनवरी", 1}, {"जुलाई", 7}, {"जून", 6},
	{"दिसंबर", 12}, {"दिसम्बर", 12}, {"नवंबर", 11}, {"नवम्बर", 11}, {"फरवरी", 2},
	{"फ़रवरी", 2}, {"मई", 5}, {"मार्च", 3}, {"सितंबर", 9}, {"सितम्बर", 9}, {"অক্টোবর", 10},
	{"আগস্ট", 8}, {"এপ্রিল", 4}, {"জানুয়ারি", 1}, {"জুন", 6}, {"জুলাই", 7},
	{"ডিসেম্বর", 12}, {"নভেম্বর", 11}, {"ফেব্রুয়ারি", 2}, {"মার্চ", 3}, {"মে", 5},
	{"সেপ্টেম্বর", 9}, {"กรกฎาคม", 7}, {"กันยายน", 9}, {"กุมภาพันธ์", 2}, {"ตุลาคม", 10},
	{"ธันวาคม", 12}, {"พฤศจิกายน", 11}, {"พฤษภาคม", 5}, {"มกราคม", 1}, {"มิถุนายน", 6},
	{"มีนาคม", 3}, {"สิงหาคม", 8}, {"เมษายน", 4},
};
static const struct word_number units[] = {
	{"d", 86400}, {"dag", 86400}, {"dagar", 86400}, {"dage", 86400}, {"dagen", 86400},
	{"dager", 86400}, {"dakika", 60}, {"dana", 86400}, {"day", 86400}, {"days", 86400},
	{"detik", 1}, {"dia", 86400}, {"dias", 86400}, {"dienam", 86400}, {"dienas", 86400},
	{"dienu", 86400}, {"dnem", 86400}, {"dni", 86400}, {"dny", 86400}, {"dzien", 86400},
	{"giay", 1}, {"gio", 3600}, {"giorni", 86400}, {"giorno", 86400}, {"godz", 3600},
	{"godzin", 3600}, {"godzine", 3600}, {"godziny", 3600}, {"gun", 86400}, {"h", 3600},
	{"hafta", 604800}, {"hari", 86400}, {"het", 604800}, {"hete", 604800}, {"heure", 3600},
	{"heures", 3600}, {"hodin", 3600}, {"hodinami", 3600}, {"hodinou", 3600}, {"hora", 3600},
	{"horas", 3600}, {"hour", 3600}, {"hours", 3600}, {"hr", 3600}, {"hrs", 3600},
	{"jam", 3600}, {"jour", 86400}, {"jours", 86400}, {"menit", 60}, {"min", 60},
	{"minggu", 604800}, {"mins", 60}, {"minuciu", 60}, {"minut", 60}, {"minuta", 60},
	{"minute", 60}, {"minutem", 60}, {"minuten", 60}, {"minuter", 60}, {"minutes", 60},
	{"minuti", 60}, {"minutit", 60}, {"minuto", 60}, {"minutos", 60}, {"minutter", 60},
	{"minutu", 60}, {"minuty", 60}, {"minuut", 60}, {"minuutti", 60}, {"minuuttia", 60},
	{"nap", 86400}, {"napja", 86400}, {"nappal", 86400}, {"ngay", 86400}, {"ora", 3600},
	{"oraja", 3600}, {"oraval", 3600}, {"ore", 3600}, {"paeva", 86400}, {"paiva", 86400},
	{"paivaa", 86400}, {"perc", 60}, {"perccel", 60}, {"perce", 60}, {"phut", 60},
	{"saat", 3600}, {"saniye", 1}, {"sata", 3600}, {"sati", 3600}, {"sec", 1}, {"second", 1},
	{"seconde", 1}, {"secondes", 1}, {"secondi", 1}, {"secondo", 1}, {"seconds", 1},
	{"secs", 1}, {"secunde", 1}, {"segundo", 1}, {"segundos", 1}, {"sekund", 1},
	{"sekunde", 1}, {"sekunden", 1}, {"sekunder", 1}, {"sekundy", 1}, {"semaine", 604800},
	{"semaines", 604800}, {"semana", 604800}, {"semanas", 604800}, {"settimana", 604800},
	{"settimane", 604800}, {"std", 3600}, {"stundam", 3600}, {"stundas", 3600},
	{"stunde", 3600}, {"stunden", 3600}, {"tag", 86400}, {"tage", 86400}, {"tagen", 86400},
	{"time", 3600}, {"timer", 3600}, {"timmar", 3600}, {"timme", 3600}, {"tuan", 604800},
	{"tundi", 3600}, {"tunti", 3600}, {"tuntia", 3600}, {"tydzien", 604800},
	{"tygodni", 604800}, {"tygodnie", 604800}, {"uge", 604800}, {"uger", 604800},
	{"uke", 604800}, {"uker", 604800}, {"uren", 3600}, {"uur", 3600}, {"valanda", 3600},
	{"valandas", 3600}, {"valandu", 3600}, {"vecka", 604800}, {"veckor", 604800},
	{"viikko", 604800}, {"viikkoa", 604800}, {"week", 604800}, {"weeks", 604800},
	{"weken", 604800}, {"wk", 604800}, {"wks", 604800}, {"woche", 604800},
	{"wochen", 604800}, {"zi", 86400}, {"zile", 86400}, {"δευτερολεπτα", 1},
	{"ημερα", 86400}, {"ημερεσ", 86400}, {"λεπτα", 60}, {"λεπτο", 60}, {"ωρα", 3600},
	{"ωρεσ", 3600}, {"годин", 3600}, {"години", 3600}, {"годину", 3600}, {"дана", 86400},
	{"ден", 86400}, {"день", 86400}, {"дней", 86400}, {"дни", 86400}, {"дня", 86400},
	{"дні", 86400}, {"днів", 86400}, {"минут", 60}, {"минута", 60}, {"минуте", 60},
	{"минути", 60}, {"минуту", 60}, {"минуты", 60}, {"недели", 604800}, {"недель", 604800},
	{"неделю", 604800}, {"неделя", 604800}, {"сат", 3600}, {"сата", 3600}, {"сати", 3600},
	{"секунд", 1}, {"секунду", 1}, {"секунды", 1}, {"тиждень", 604800}, {"тижні", 604800},
	{"хвилин", 60}, {"хвилини", 60}, {"хвилину", 60}, {"час", 3600}, {"часа", 3600},
	{"часов", 3600}, {"דקות", 60}, {"יום", 86400}, {"ימים", 86400}, {"שעה", 3600},
	{"שעות", 3600}, {"أيام", 86400}, {"دقائق", 60}, {"دقيقة", 60}, {"دقیقه", 60},
	{"روز", 86400}, {"ساعات", 3600}, {"ساعة", 3600}, {"ساعت", 3600}, {"يوم", 86400},
	{"घंटे", 3600}, {"दिन", 86400}, {"मिनट", 60}, {"ชั่วโมง", 3600}, {"ชั่วโมงก่อน", 3600},
	{"ชั่วโมงที่แล้ว", 3600}, {"นาที", 60}, {"นาทีก่อน", 60}, {"นาทีที่แล้ว", 60},
	{"วัน", 86400}, {"วันก่อน", 86400}, {"วันที่แล้ว", 86400}, {"분", 60}, {"시간", 3600},
	{"일", 86400}, {"주", 604800}, {"초", 1},
};
static const struct word_number zones[] = {
	{"acdt", 630}, {"acst", 570}, {"aedt", 660}, {"aest", 600}, {"art", -180}, {"awst", 480},
	{"brt", -180}, {"bst", 60}, {"cat", 120}, {"cdt", -300}, {"cest", 120}, {"cet", 60},
	{"cst", -360}, {"eat", 180}, {"edt", -240}, {"eest", 180}, {"eet", 120}, {"est", -300},
	{"gmt", 0}, {"gst", 240}, {"hkt", 480}, {"ict", 420}, {"irst", 210}, {"ist", 330},
	{"jst", 540}, {"kst", 540}, {"mdt", -360}, {"mesz", 120}, {"mez", 60}, {"msk", 180},
	{"mst", -420}, {"myt", 480}, {"npt", 345}, {"nst", -210}, {"nzdt", 780}, {"nzst", 720},
	{"pdt", -420}, {"pht", 480}, {"pkt", 300}, {"pst", -480}, {"sast", 120}, {"sgt", 480},
	{"trt", 180}, {"ut", 0}, {"utc", 0}, {"wat", 60}, {"west", 60}, {"wet", 0}, {"wib", 420},
	{"wit", 540}, {"wita", 480}, {"z", 0},
};
static const struct word_number roles[] = {
	{"a", 4}, {"acum", 1}, {"ago", 2}, {"alle", 4}, {"am", 4}, {"and", 4}, {"as", 4},
	{"at", 4}, {"atras", 2}, {"carsamba", 32}, {"csutortok", 32}, {"cuma", 32},
	{"cumartesi", 32}, {"czwartek", 32}, {"d", 8}, {"de", 8}, {"del", 8}, {"den", 4},
	{"depuis", 1}, {"di", 32}, {"dienstag", 32}, {"dimanche", 32}, {"dinsdag", 32},
	{"do", 32}, {"dom", 32}, {"domenica", 32}, {"domingo", 32}, {"donderdag", 32},
	{"donnerstag", 32}, {"e", 16}, {"eme", 16}, {"er", 16}, {"et", 4}, {"ezelott", 2},
	{"fa", 2}, {"feira", 32}, {"for", 1}, {"fr", 32}, {"fredag", 32}, {"freitag", 32},
	{"fri", 32}, {"friday", 32}, {"geleden", 2}, {"gio", 32}, {"giovedi", 32}, {"h", 4},
	{"ha", 1}, {"hace", 1}, {"hete", 2}, {"hetfo", 32}, {"hrs", 4}, {"hs", 4}, {"i", 8},
	{"jam", 4}, {"jeudi", 32}, {"jueves", 32}, {"jumat", 32}, {"kamis", 32}, {"kedd", 32},
	{"keskiviikko", 32}, {"kl", 4}, {"klo", 4}, {"klockan", 4}, {"klokken", 4}, {"lalu", 2},
	{"las", 4}, {"lauantai", 32}, {"le", 4}, {"lordag", 32}, {"luc", 4}, {"lun", 32},
	{"lundi", 32}, {"lunedi", 32}, {"lunes", 32}, {"maanantai", 32}, {"maandag", 32},
	{"mandag", 32}, {"mar", 32}, {"mardi", 32}, {"martedi", 32}, {"martes", 32}, {"mer", 32},
	{"mercoledi", 32}, {"mercredi", 32}, {"mi", 32}, {"miercoles", 32}, {"minggu", 32},
	{"mittwoch", 32}, {"mo", 32}, {"mon", 32}, {"monday", 32}, {"montag", 32}, {"nam", 8},
	{"napja", 2}, {"nd", 16}, {"ngay", 12}, {"niedziela", 32}, {"o", 4}, {"ob", 4},
	{"of", 12}, {"om", 4}, {"on", 4}, {"once", 2}, {"onsdag", 32}, {"ora", 4}, {"oraja", 2},
	{"ore", 4}, {"pa", 4}, {"pazar", 32}, {"pazartesi", 32}, {"pentek", 32}, {"perce", 2},
	{"perjantai", 32}, {"persembe", 32}, {"piatek", 32}, {"pirms", 1}, {"poniedzialek", 32},
	{"pred", 1}, {"pries", 1}, {"prije", 1}, {"przed", 1}, {"pukul", 4}, {"quarta", 32},
	{"quinta", 32}, {"rabu", 32}, {"rd", 16}, {"re", 16}, {"ro", 16}, {"sa", 32},
	{"saat", 4}, {"sab", 32}, {"sabado", 32}, {"sabato", 32}, {"sabtu", 32}, {"sali", 32},
	{"samedi", 32}, {"samstag", 32}, {"sat", 32}, {"saturday", 32}, {"sedan", 2},
	{"segunda", 32}, {"selasa", 32}, {"senin", 32}, {"sexta", 32}, {"siden", 2},
	{"sitten", 2}, {"so", 32}, {"sobota", 32}, {"sondag", 32}, {"sonnabend", 32},
	{"sonntag", 32}, {"sroda", 32}, {"st", 16}, {"sun", 32}, {"sunday", 32},
	{"sunnuntai", 32}, {"szerda", 32}, {"szombat", 32}, {"t", 4}, {"tagasi", 2}, {"temu", 2},
	{"terca", 32}, {"th", 16}, {"the", 4}, {"thu", 32}, {"thur", 32}, {"thurs", 32},
	{"thursday", 32}, {"tiistai", 32}, {"tirsdag", 32}, {"tisdag", 32}, {"torsdag", 32},
	{"torstai", 32}, {"truoc", 2}, {"tue", 32}, {"tues", 32}, {"tuesday", 32}, {"u", 4},
	{"um", 4}, {"und", 4}, {"updated", 4}, {"v", 4}, {"vao", 4}, {"vasarnap", 32},
	{"ven", 32}, {"vendredi", 32}, {"venerdi", 32}, {"viernes", 32}, {"vor", 1},
	{"vrijdag", 32}, {"wed", 32}, {"wednesday", 32}, {"woensdag", 32}, {"wtorek", 32},
	{"year", 8}, {"zaterdag", 32}, {"zondag", 32}, {"zpet", 2}, {"ª", 16}, {"º", 16},
	{"η", 16}, {"οσ", 16}, {"πριν", 3}, {"στισ", 4}, {"ωρα", 4}, {"в", 12},
	{"воскресенье", 32}, {"вторник", 32}, {"г", 8}, {"го", 16}, {"года", 8}, {"назад", 2},
	{"о", 4}, {"об", 4}, {"ой", 16}, {"понедельник", 32}, {"пре", 1}, {"преди", 1},
	{"пятница", 32}, {"р", 8}, {"роки", 8}, {"року", 8}, {"среда", 32}, {"суббота", 32},
	{"тому", 2}, {"четверг", 32}, {"לפני", 1}, {"قبل", 3}, {"منذ", 1}, {"پیش", 2},
	{"पहले", 2}, {"ก่อน", 2}, {"ชั่วโมงก่อน", 2}, {"ชั่วโมงที่แล้ว", 2}, {"ที่แล้ว", 2},
	{"นาทีก่อน", 2}, {"นาทีที่แล้ว", 2}, {"วันก่อน", 2}, {"วันที่แล้ว", 2}, {"금", 32},
	{"목", 32}, {"수", 32}, {"월", 32}, {"일", 32}, {"전", 2}, {"토", 32}, {"화", 32},
};
/* clang-format on */

static const struct word_number *look_up(const struct word_number *rows, size_t count,
                                         struct wv_slice word)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = wv_slice_compare(word, wv_slice_of(rows[middle].word));

		if (order == 0)
			return &rows[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

int wv_date_month(struct wv_slice word, struct wv_slice language)
{
	const struct word_number *row = look_up(months, WV_COUNT(months), word);

	/* November in Polish and Czech, October in Croatian. */
	if (row && wv_slice_starts(word, WV_LIT("listopad")) &&
	    wv_slice_starts_nocase(language, WV_LIT("hr")))
		return 10;
	return row ? row->number : 0;
}

int32_t wv_date_unit(struct wv_slice word)
{
	const struct word_number *row = look_up(units, WV_COUNT(units), word);

	return row ? row->number : 0;
}

bool wv_date_zone(struct wv_slice word, struct wv_slice language, int32_t *minutes)
{
	const struct word_number *row = look_up(zones, WV_COUNT(zones), word);

	if (!row)
		return false;
	*minutes = row->number;
	if (wv_slice_equals(word, WV_LIT("cst")) &&
	    wv_slice_starts_nocase(language, WV_LIT("zh")))
		*minutes = 480;
	return true;
}

unsigned wv_date_roles(struct wv_slice word)
{
	const struct word_number *row = look_up(roles, WV_COUNT(roles), word);

	return row ? (unsigned)row->number : 0;
}

/* Base letters of U+00C0..U+017F; '*' keeps the code point. */
static const char latin_bases[] = "aaaaaaaceeeeiiii"
				  "dnooooo*ouuuuy*s"
				  "aaaaaaaceeeeiiii"
				  "dnooooo*ouuuuy*y"
				  "aaaaaaccccccccdd"
				  "ddeeeeeeeeeegggg"
				  "gggghhhhiiiiiiii"
				  "ii**jjkk*lllllll"
				  "lllnnnnnn***oooo"
				  "oo**rrrrrrssssss"
				  "ssttttttuuuuuuuu"
				  "uuuuwwyyyzzzzzz*";

static uint32_t fold_greek(uint32_t c)
{
	static const struct {
		uint16_t from, to;
	} accents[] = {{0x386, 0x3b1}, {0x388, 0x3b5}, {0x389, 0x3b7}, {0x38a, 0x3b9},
		       {0x38c, 0x3bf}, {0x38e, 0x3c5}, {0x38f, 0x3c9}, {0x390, 0x3b9},
		       {0x3aa, 0x3b9}, {0x3ab, 0x3c5}, {0x3ac, 0x3b1}, {0x3ad, 0x3b5},
		       {0x3ae, 0x3b7}, {0x3af, 0x3b9}, {0x3b0, 0x3c5}, {0x3c2, 0x3c3},
		       {0x3ca, 0x3b9}, {0x3cb, 0x3c5}, {0x3cc, 0x3bf}, {0x3cd, 0x3c5},
		       {0x3ce, 0x3c9}};

	for (size_t i = 0; i < WV_COUNT(accents); i++)
		if (accents[i].from == c)
			return accents[i].to;
	return c >= 0x391 && c <= 0x3a9 ? c + 32 : c;
}

/* U+1EA0..U+1EF9, Vietnamese: runs of one base letter. */
static uint32_t fold_vietnamese(uint32_t c)
{
	return c < 0x1eb8   ? 'a'
	       : c < 0x1ec8 ? 'e'
	       : c < 0x1ecc ? 'i'
	       : c < 0x1ee4 ? 'o'
	       : c < 0x1ef2 ? 'u'
			    : 'y';
}

uint32_t wv_date_fold(uint32_t c)
{
	if (c < 0x80)
		return wv_byte_lower((unsigned char)c);
	if (c >= 0xc0 && c <= 0x17f) {
		char base = latin_bases[c - 0xc0];

		return base == '*' ? c : (uint32_t)(unsigned char)base;
	}
	if (c == 0x1a0 || c == 0x1a1)
		return 'o';
	if (c == 0x1af || c == 0x1b0)
		return 'u';
	if (c >= 0x218 && c <= 0x21b)
		return c < 0x21a ? 's' : 't';
	if (c >= 0x300 && c <= 0x36f)
		return 0;
	if (c >= 0x370 && c <= 0x3ff)
		return fold_greek(c);
	if (c >= 0x410 && c <= 0x42f)
		return c + 32;
	if (c >= 0x400 && c <= 0x40f)
		return c + 80;
	if (c >= 0x1ea0 && c <= 0x1ef9)
		return fold_vietnamese(c);
	return c;
}
