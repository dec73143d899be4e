namespace KafkaFlow.Avro.Tests;

/// <summary>
/// Verdicts and words of Apache Avro's own check, place by place; random pairs are compared with Apache Avro itself in
/// the tests of the schema registry.
/// </summary>
public sealed class CompatibilityTests
{
    [Theory]
    [InlineData("\"long\"", "\"int\"", "")]
    [InlineData("\"int\"", "\"long\"", "TYPE_MISMATCH at / (reader type: INT not compatible with writer type: LONG)")]
    [InlineData("""["null","long"]""", "\"int\"", "")]
    [InlineData("""["null","int"]""", "\"long\"", "MISSING_UNION_BRANCH at / (reader union lacking writer type: LONG)")]
    [InlineData("\"int\"", """["int","string"]""", "TYPE_MISMATCH at /1 (reader type: INT not compatible with writer type: STRING)")]
    [InlineData("""["int"]""", """["int","string"]""", "MISSING_UNION_BRANCH at /1 (reader union lacking writer type: STRING)")]
    [InlineData(
        """{"type":"fixed","name":"G","size":2}""", """{"type":"fixed","name":"n.F","size":1}""",
        "NAME_MISMATCH at /name (expected: n.F); FIXED_SIZE_MISMATCH at /size (expected: 1, found: 2)")]
    [InlineData("""{"type":"fixed","name":"G","size":1,"aliases":["n.F"]}""", """{"type":"fixed","name":"n.F","size":1}""", "")]
    [InlineData(
        """{"type":"enum","name":"E","symbols":["B"]}""", """{"type":"enum","name":"E","symbols":["C","B","A"]}""",
        "MISSING_ENUM_SYMBOLS at /symbols ([A, C])")]
    [InlineData(
        """{"type":"enum","name":"E","symbols":["B"],"default":"B"}""", """{"type":"enum","name":"E","symbols":["A"]}""", "")]
    [InlineData(
        """{"type":"map","values":{"type":"array","items":"int"}}""", """{"type":"map","values":{"type":"array","items":"bytes"}}""",
        "TYPE_MISMATCH at /values/items (reader type: INT not compatible with writer type: BYTES)")]
    public void Pairs_are_judged_as_apache_avro_judges_them(string reader, string writer, string problems) =>
        Assert.Equal(problems, Judge(reader, writer));

    [Fact]
    public void Fields_are_found_by_name_or_alias_and_recursion_ends()
    {
        const string writer =
            """{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"next","type":["null","R"]}]}""";
        Assert.Equal("", Judge(
            """{"type":"record","name":"R","fields":[{"name":"b","type":"long","aliases":["a"]},{"name":"next","type":["null","R"]}]}""",
            writer));
        Assert.Equal("READER_FIELD_MISSING_DEFAULT_VALUE at /fields/1 (c)", Judge(
            """{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"c","type":"int"},{"name":"d","type":"int","default":1}]}""",
            writer));
    }

    [Fact]
    public void A_schema_may_name_types_of_another_and_is_written_without_them()
    {
        var known = AvroSchema.Parse("""{"type":"record","name":"x.User","fields":[{"name":"e","type":{"type":"enum","name":"E","symbols":[]}}]}""");
        Assert.True(AvroSchema.TryParse("""{"items":["x.User", "x.E"], "type":"array"}""", [known], out var schema, out _));
        Assert.Equal("""{"type":"array","items":["x.User","x.E"]}""", schema.ToJson(known));
        Assert.StartsWith("""{"type":"array","items":[{"type":"record","name":"User","namespace":"x",""", schema.ToJson(), StringComparison.Ordinal);
        Assert.False(AvroSchema.TryParse("""{"type":"fixed","name":"x.E","size":1}""", [known], out _, out var error));
        Assert.Contains("x.E is defined twice", error!.Message, StringComparison.Ordinal);
    }

    private static string Judge(string reader, string writer) =>
        string.Join("; ", SchemaCompatibility.Problems(AvroSchema.Parse(reader), AvroSchema.Parse(writer)));
}
