using System.Text.Json.Nodes;

namespace KafkaFlow.Registry.Tests;

/// <summary>One request of the differential script, and why its answers may differ if they may.</summary>
/// <param name="Differs">null: status and body are equal. Else a reason in <see cref="Script.Reasons"/>.</param>
internal sealed record Step(string Method, string Path, string? Body = null, string? Differs = null);

/// <summary>Every path, method, level and error of the API, in one history that starts empty.</summary>
internal static class Script
{
    /// <summary>
    /// Where this registry and the one it is compared with answer differently, each with what ours says. The other one
    /// is a reading of Confluent's API too; where it is the looser reading ours follows Confluent's own source.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, (int Status, int? Code)> Reasons =
        new Dictionary<string, (int, int?)>
        {
            ["the words about an invalid schema are each parser's own"] = (422, 42201),
            ["ours says what is wrong with the JSON"] = (400, 400),
            ["ours names the method's absence, theirs the path's"] = (405, 405),
            ["ours says that only Avro is supported, theirs that it is a stand-in"] = (422, 42201),
            ["an unknown subject accepts any schema as its latest (Confluent)"] = (200, null),
            ["nothing is deleted in read-only mode (Confluent)"] = (422, 42205),
            ["a subject whose last version goes loses its settings (Confluent)"] = (404, 40408),
            ["an id that is gone for good is not given again, not even to the same schema (Confluent)"] = (200, null),
            ["a reference without name, subject or version is refused"] = (422, 42201),
            ["fixed ids are refused, not overlooked"] = (422, 42205),
        };

    private const string User = """{"type":"record","name":"User","namespace":"x","fields":[{"name":"name","type":"string"}]}""";
    private const string UserAge =
        """{"type":"record","name":"User","namespace":"x","fields":[{"name":"name","type":"string"},{"name":"age","type":"int","default":0}]}""";
    private const string UserAgeRequired =
        """{"type":"record","name":"User","namespace":"x","fields":[{"name":"name","type":"string"},{"name":"age","type":"int"}]}""";
    private const string UserLoose =
        """  { "name": "User", "fields": [ {"type": {"type":"string"}, "name": "name"} ], "namespace":"x", "type":"record" } """;
    private const string Order =
        """{"type":"record","name":"Order","namespace":"x","fields":[{"name":"by","type":"User"},{"name":"next","type":["null","Order"],"default":null}]}""";

    private static readonly string[] Levels =
        ["NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"];

    public static IEnumerable<Step> Steps() =>
    [
        .. Empty(), .. Registering(), .. Looking(), .. SchemaTexts(), .. Errors(), .. Compatibility(), .. Settings(),
        .. References(), .. Deleting(), .. Modes(), .. ForGood(),
    ];

    private static Step Get(string path, string? differs = null) => new("GET", path, null, differs);

    private static Step Post(string path, string schema, string? differs = null) =>
        new("POST", path, RestClient.Schema(schema), differs);

    private static Step[] Empty() =>
    [
        Get("/"), Get("/subjects"), Get("/schemas/types"), Get("/config"), Get("/mode"),
        Get("/subjects/none/versions"), Get("/subjects/none/versions/1"), Get("/subjects/none/versions/latest/schema"),
        Get("/subjects/none/versions/1/referencedby"), Get("/schemas/ids/1"), Get("/schemas/ids/1/schema"),
        Get("/schemas/ids/1/subjects"), Get("/schemas/ids/1/versions"), Get("/config/none"), Get("/mode/none"),
        Get("/config/none?defaultToGlobal=true"), Get("/mode/none?defaultToGlobal=true"),
        new("DELETE", "/subjects/none"), new("DELETE", "/subjects/none/versions/1"), new("DELETE", "/config/none"),
        new("DELETE", "/mode/none"), Post("/subjects/none", User),
        Post("/compatibility/subjects/none/versions", User), Post("/compatibility/subjects/none/versions/1", User),
        Post("/compatibility/subjects/none/versions/latest", User,
            "an unknown subject accepts any schema as its latest (Confluent)"),
    ];

    private static Step[] Registering() =>
    [
        Post("/subjects/user/versions", User), Post("/subjects/user/versions", User),
        Post("/subjects/user/versions", UserLoose), Post("/subjects/user/versions", UserAge),
        Post("/subjects/user/versions", UserAgeRequired), Post("/subjects/other/versions", UserAge),
        Post("/subjects/a%2Fb%20c/versions", "\"string\""), Post("/subjects/%C3%BCml/versions", "\"int\""),
        new("POST", "/subjects/user/versions", new JsonObject { ["schema"] = User, ["schemaType"] = "AVRO" }.ToJsonString()),
    ];

    private static Step[] Looking() =>
    [
        Get("/subjects"), Get("/subjects?subjectPrefix=us"), Get("/subjects?subjectPrefix=zz"), Get("/subjects?deleted=true"),
        Get("/subjects/user/versions"), Get("/subjects/user/versions/1"), Get("/subjects/user/versions/2"),
        Get("/subjects/user/versions/latest"), Get("/subjects/user/versions/-1"), Get("/subjects/user/versions/3"),
        Get("/subjects/user/versions/1/schema"), Get("/subjects/user/versions/latest/schema"),
        Get("/subjects/user/versions/1/referencedby"), Get("/subjects/a%2Fb%20c/versions/1"),
        Get("/subjects/%C3%BCml/versions/latest"), Get("/schemas/ids/1"), Get("/schemas/ids/2"),
        Get("/schemas/ids/1/schema"), Get("/schemas/ids/2/subjects"), Get("/schemas/ids/2/versions"),
        Get("/schemas/ids/999"), Get("/schemas/ids/-1"), Get("/schemas/ids/abc"),
        Post("/subjects/user", User), Post("/subjects/user", UserLoose), Post("/subjects/user", UserAge),
        Post("/subjects/user", UserAgeRequired), Post("/subjects/other", User),
    ];

    /// <summary>What becomes of a schema's text: attributes, docs, defaults, names, numbers, escapes.</summary>
    private static IEnumerable<Step> SchemaTexts()
    {
        string[] texts =
        [
            "\"long\"", """{"type":"string"}""", """{"type":"string","avro.java.string":"String"}""",
            """{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}""",
            """{"items":{"type":"map","values":"int"},"type":"array","x":[1,2.50,1e7,1E-4,-0.0,{"b":1,"a":null}]}""",
            """["null",{"type":"enum","name":"E","symbols":["A","B"],"default":"B","doc":"d \"q\" \\ / ü \n \u0001 \ud83d\ude00"}]""",
            """{"type":"fixed","name":"F","size":3,"namespace":"p.q","aliases":["G","r.H","p.q.I"],"z":true}""",
            """{"type":"error","name":"p.Err","fields":[{"name":"s","type":"Err2x","order":"descending"}]}""",
            """{"type":"record","name":"p.A","fields":[{"name":"f","type":{"type":"record","name":"B","fields":[{"name":"a","type":["null","A"],"default":null}]}},{"name":"g","type":"p.B"},{"name":"h","type":{"type":"fixed","name":"C","namespace":"","size":1}},{"name":"i","type":"C","order":"ignore","aliases":["j","k"],"default":"\u00ff","doc":""}]}""",
            """{"type":"record","name":"D","fields":[{"name":"d","type":"double","default":1},{"name":"e","type":"float","default":0.1},{"name":"m","type":{"type":"map","values":"long"},"default":{"z":1,"a":2}},{"name":"t","type":"string","default":"é\t"}]}""",
            """{"type":"record","name":"order","namespace":"a","fields":[{"name":"x","type":{"type":"enum","name":"record","symbols":[]}},{"name":"y","type":"a.record"}]}""",
            """{"type":"int","logicalType":"date"}""", """{"type":"int","logicalType":"nonsense"}""",
        ];
        for (var i = 0; i < texts.Length; i++)
        {
            var isInvalid = texts[i].Contains("Err2x", StringComparison.Ordinal);
            yield return Post(
                $"/subjects/text{i}/versions", texts[i],
                isInvalid ? "the words about an invalid schema are each parser's own" : null);
            yield return Get($"/subjects/text{i}/versions/1");
        }
    }

    private static Step[] Errors()
    {
        const string words = "the words about an invalid schema are each parser's own";
        return
        [
            Post("/subjects/bad/versions", "{", words), Post("/subjects/bad/versions", "\"strin\"", words),
            Post("/subjects/bad/versions", """{"type":"record","name":"R"}""", words),
            Post("/subjects/bad/versions", """{"type":"record","name":"1R","fields":[]}""", words),
            Post("/subjects/bad/versions", """[["int"]]""", words), Post("/subjects/bad/versions", """["int","int"]""", words),
            Post("/subjects/bad/versions", """{"type":"enum","name":"E","symbols":["A","A"]}""", words),
            Post("/subjects/bad/versions",
                """{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":"x"}]}""", words),
            Post("/subjects/user", "{", words), Post("/compatibility/subjects/user/versions/1", "{", words),
            Post("/subjects/bad/versions", ""), new("POST", "/subjects/bad/versions", "{}"),
            new("POST", "/subjects/bad/versions"), new("POST", "/subjects/bad/versions", "null"),
            new("POST", "/subjects/bad/versions", "{", "ours says what is wrong with the JSON"),
            new("PUT", "/config", "{\"compatibility\":", "ours says what is wrong with the JSON"),
            new("POST", "/subjects/bad/versions", """{"schema":"{}","schemaType":"PROTOBUF"}""",
                "ours says that only Avro is supported, theirs that it is a stand-in"),
            new("POST", "/subjects/bad/versions", """{"schema":"\"int\"","references":[{"name":"x"}]}""",
                "a reference without name, subject or version is refused"),
            new("PUT", "/subjects", "{}", "ours names the method's absence, theirs the path's"),
            new("DELETE", "/schemas/ids/1", null, "ours names the method's absence, theirs the path's"),
            new("PATCH", "/subjects/user/versions/1", "{}", "ours names the method's absence, theirs the path's"),
            new("POST", "/config", "{}"), new("POST", "/mode/user", "{}"),
            Get("/nothing"), Get("/subjects/user/nothing"), Get("/subjects/user/versions/1/nothing"),
            Get("/schemas"), Get("/schemas/ids"), Get("/schemas/ids/1/nothing"), Get("/config/a/b"), Get("/subjects/"),
            Get("/subjects/user/versions/0"), Get("/subjects/user/versions/-2"), Get("/subjects/user/versions/one"),
            Get("/subjects/user/versions/99999999999"), new("DELETE", "/subjects/user/versions/0"),
            Post("/compatibility/subjects/user/versions/0", User), Post("/compatibility/subjects/user/versions/9", User),
            new("PUT", "/config", """{"compatibility":"SIDEWAYS"}"""), new("PUT", "/config/user", "{}"), new("PUT", "/config"),
            new("PUT", "/mode", """{"mode":"ASLEEP"}"""), new("PUT", "/mode/user", """{"mode":null}"""),
            Get("/subjects?deleted=false&subjectPrefix=%C3%BC"),
        ];
    }

    private static IEnumerable<Step> Compatibility()
    {
        // Three versions of one subject, then three candidates against each level.
        string[] history =
        [
            """{"type":"record","name":"C","fields":[{"name":"a","type":"int"},{"name":"b","type":["null","string"],"default":null}]}""",
            """{"type":"record","name":"C","fields":[{"name":"a","type":"long"},{"name":"e","type":{"type":"enum","name":"E","symbols":["X","Y"]},"default":"X"}]}""",
        ];
        string[] candidates =
        [
            """{"type":"record","name":"C","fields":[{"name":"a","type":"long"}]}""",
            """{"type":"record","name":"D","fields":[{"name":"a","type":"string"},{"name":"n","type":{"type":"fixed","name":"F","size":2}}]}""",
            """{"type":"record","name":"C","fields":[{"name":"a","type":["int","long"]},{"name":"e","type":{"type":"enum","name":"E","symbols":["X"]},"default":"X"},{"name":"z","type":{"type":"enum","name":"Z","symbols":["X"],"default":"X"}}]}""",
        ];
        foreach (var level in Levels)
        {
            var subject = $"c-{level}";
            yield return new("PUT", $"/config/{subject}", """{"compatibility":"NONE"}""");
            foreach (var version in history) yield return Post($"/subjects/{subject}/versions", version);
            yield return new("PUT", $"/config/{subject}", $$"""{"compatibility":"{{level.ToLowerInvariant()}}"}""");
            yield return Get($"/config/{subject}");
            foreach (var candidate in candidates)
            {
                yield return Post($"/compatibility/subjects/{subject}/versions?verbose=true", candidate);
                yield return Post($"/compatibility/subjects/{subject}/versions/latest", candidate);
                yield return Post($"/compatibility/subjects/{subject}/versions/1?verbose=true", candidate);
                yield return Post($"/subjects/{subject}/versions", candidate);
            }
            yield return Get($"/subjects/{subject}/versions");
        }
    }

    private static Step[] Settings() =>
    [
        new("PUT", "/config", """{"compatibility":"FULL"}"""), Get("/config"), Get("/config/user?defaultToGlobal=true"),
        new("PUT", "/config/user", """{"compatibility":"FORWARD"}"""), Get("/config/user"),
        Post("/subjects/user/versions", UserAgeRequired), new("DELETE", "/config/user"), Get("/config/user"),
        new("DELETE", "/config"), Get("/config"), new("PUT", "/config/unborn", """{"compatibility":"NONE"}"""),
        Get("/config/unborn"), Get("/subjects"), new("DELETE", "/config/unborn"), new("DELETE", "/config/unborn"),
    ];

    private static Step[] References()
    {
        var order = RestClient.Schema(Order, ("x.User", "user", 1));
        var list = RestClient.Schema("""{"type":"array","items":"x.Order"}""", ("x.Order", "order", 1));
        return
        [
            new("POST", "/subjects/order/versions", order), new("POST", "/subjects/order/versions", order),
            new("POST", "/subjects/order", order), Get("/subjects/order/versions/1"), Get("/subjects/user/versions/1/referencedby"),
            Get("/subjects/user/versions/2/referencedby"), new("POST", "/subjects/list/versions", list),
            Get("/subjects/list/versions/latest"), Get("/subjects/order/versions/1/referencedby"),
            new("DELETE", "/subjects/user/versions/1"), new("DELETE", "/subjects/user"), new("DELETE", "/subjects/order"),
            new("POST", "/compatibility/subjects/order/versions/1?verbose=true", RestClient.Schema(
                Order.Replace("\"by\"", "\"from\"", StringComparison.Ordinal), ("x.User", "user", 2))),
            new("POST", "/subjects/order/versions", RestClient.Schema(Order, ("x.User", "user", 9))),
            new("POST", "/subjects/order/versions", RestClient.Schema(Order),
                "the words about an invalid schema are each parser's own"),
            new("POST", "/subjects/order/versions", RestClient.Schema(User, ("x.User", "user", 1)),
                "the words about an invalid schema are each parser's own"),
            new("DELETE", "/subjects/list"), new("DELETE", "/subjects/order"), Get("/subjects/user/versions/1/referencedby"),
        ];
    }

    private static Step[] Deleting() =>
    [
        new("DELETE", "/subjects/user/versions/1?permanent=true"), new("DELETE", "/subjects/user?permanent=true"),
        new("DELETE", "/subjects/user/versions/1"), new("DELETE", "/subjects/user/versions/1"),
        Get("/subjects/user/versions"), Get("/subjects/user/versions?deleted=true"), Get("/subjects/user/versions/1"),
        Get("/subjects/user/versions/1?deleted=true"), Get("/schemas/ids/1"), Get("/schemas/ids/1/versions"),
        Get("/schemas/ids/1/versions?deleted=true"), Get("/schemas/ids/1/subjects?deleted=true"),
        Post("/subjects/user", User), Post("/subjects/user?deleted=true", User),
        new("DELETE", "/subjects/user"), new("DELETE", "/subjects/user"), Get("/subjects/user/versions"), Get("/subjects"),
        Get("/subjects?deleted=true"), Post("/compatibility/subjects/user/versions", "\"int\""),
        Post("/subjects/user/versions", "\"boolean\""), Get("/subjects/user/versions/latest"),
        Get("/subjects/user/versions?deleted=true"), new("DELETE", "/subjects/user/versions/latest"),
        new("PUT", "/config/last", """{"compatibility":"FULL"}"""), Post("/subjects/last/versions", "\"int\""),
        new("DELETE", "/subjects/last/versions/1"),
        Get("/config/last", "a subject whose last version goes loses its settings (Confluent)"),
        new("PUT", "/config/other", """{"compatibility":"FULL"}"""), new("DELETE", "/subjects/other"), Get("/config/other"),
        new("DELETE", "/subjects/other?permanent=true"), Get("/subjects/other/versions?deleted=true"),
        new("DELETE", "/subjects/other?permanent=true"),
    ];

    private static Step[] Modes() =>
    [
        new("PUT", "/mode/still", """{"mode":"readonly"}"""), Get("/mode/still"), Post("/subjects/still/versions", "\"int\""),
        Post("/subjects/moving/versions", "\"int\""), new("PUT", "/mode/moving", """{"mode":"READONLY"}"""),
        Post("/subjects/moving/versions", "\"long\""), Get("/subjects/moving/versions"),
        Post("/subjects/kept/versions", "\"int\""), new("PUT", "/mode/kept", """{"mode":"READONLY"}"""),
        new("DELETE", "/subjects/kept", null, "nothing is deleted in read-only mode (Confluent)"),
        new("DELETE", "/mode/moving"), Get("/mode/moving"), new("PUT", "/mode", """{"mode":"READONLY"}"""), Get("/mode"),
        Get("/mode/any?defaultToGlobal=true"), Post("/subjects/any/versions", "\"int\""), new("DELETE", "/mode"),
        Post("/subjects/any/versions", "\"int\""), Get("/mode"),
        new("POST", "/subjects/any/versions", """{"schema":"\"string\"","id":77}""", "fixed ids are refused, not overlooked"),
    ];

    /// <summary>Last, since ids differ from here on.</summary>
    private static Step[] ForGood() =>
    [
        Post("/subjects/gone/versions", """{"type":"fixed","name":"Gone","size":1}"""), new("DELETE", "/subjects/gone/versions/1"),
        new("DELETE", "/subjects/gone/versions/1?permanent=true"), new("DELETE", "/subjects/gone/versions/1?permanent=true"),
        Get("/subjects/gone/versions?deleted=true"),
        Post("/subjects/gone/versions", """{"type":"fixed","name":"Gone","size":1}""",
            "an id that is gone for good is not given again, not even to the same schema (Confluent)"),
    ];
}
