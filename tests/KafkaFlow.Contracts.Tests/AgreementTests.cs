using System.Reflection;
using System.Text.RegularExpressions;
using KafkaFlow.PostgresSink;
using KafkaFlow.Testing;

namespace KafkaFlow.Contracts.Tests;

/// <summary>Schemas, C# records, tables in Postgres and tables in docs/records.md say the same, field by field.</summary>
[Trait("tier", "fast")]
public sealed partial class AgreementTests
{
    private static readonly NullabilityInfoContext Nullability = new();

    public static TheoryData<string> Records => ["Command", "ExecutionEvent", "Task", "Playbook"];

    [Theory]
    [MemberData(nameof(Records))]
    public void A_record_has_the_fields_of_its_schema_in_the_same_order(string schema)
    {
        var (text, type) = Record(schema);
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is not null).OrderBy(p => p.MetadataToken)
            .Select(p => $"{SnakeCase(p.Name)}: {TypeOf(p)}");
        var fields = SchemaField.Of(text).Select(f => $"{f.Name}: {f.Type}{(f.IsNullable ? ", nullable" : "")}");
        Assert.Equal(fields, properties);
    }

    [Fact]
    public void Events_have_the_columns_of_the_table_event_and_five_fields_more()
    {
        var fields = SchemaField.Of(Schemas.ExecutionEvent);
        Assert.Equal(
            ["epoch", "part", "parts", "cause_partition", "cause_offset"],
            fields.Skip(SinkTables.EventColumns.Count).Select(f => f.Name));
        Assert.Equal(
            SinkTables.EventColumns.Select(c => (c.Name, c.Type, !c.Constraint.Contains("not null", StringComparison.Ordinal))),
            fields.Take(SinkTables.EventColumns.Count).Select(f => (f.Name, Column(f.Type), f.IsNullable)));
        Assert.Equal(fields.Where(f => f.IsJson).Select(f => f.Name), SinkTables.JsonColumns);
    }

    [Fact]
    public void Commands_name_only_fields_of_the_schema_and_leave_none_unused()
    {
        var fields = SchemaField.Of(Schemas.Command);
        var used = CommandTypes.EnvelopeFields
            .Concat(CommandTypes.All.Values.SelectMany(s => s.Required.Concat(s.Optional))).ToHashSet();
        Assert.Equal(fields.Select(f => f.Name).Order(), used.Order());
        Assert.Equal(fields.Where(f => f.IsJson).Select(f => f.Name).Order(), Command.JsonFields.Order());
        Assert.Equal(["event_type", "execution_id"], fields.Where(f => !f.IsNullable).Select(f => f.Name));
        Assert.All(CommandTypes.All.Values, s =>
        {
            Assert.NotEmpty(s.Producers);
            Assert.Empty(s.Required.Intersect(s.Optional));
            Assert.Empty(s.Required.Concat(s.Optional).Intersect(CommandTypes.EnvelopeFields));
        });
        Assert.Equal(Constants(typeof(CommandTypes)).Order(), CommandTypes.All.Keys.Order());
    }

    [Fact]
    public void Every_event_is_in_the_closed_list_with_statuses_that_exist()
    {
        Assert.Equal(Constants(typeof(EventTypes)).Except([EventTypes.Owner]).Order(), EventTypes.All.Keys.Order());
        var statuses = Constants(typeof(EventStatus)).Except([EventStatus.Paused, EventStatus.Parked]).ToArray();
        Assert.Equal(statuses.Order(), EventTypes.All.Values.SelectMany(s => s).Distinct().Order());
    }

    [Fact]
    public void The_page_about_records_lists_the_same_commands_events_and_columns()
    {
        var page = File.ReadAllText(Path.Combine(TestEnvironment.RepositoryRoot, "docs", "records.md"));
        Assert.Equal(
            CommandTypes.All.Values.Select(s =>
                $"{s.EventType} | {string.Join(", ", s.Producers)} | {string.Join(' ', s.Required)} | {string.Join(' ', s.Optional)}"),
            Rows(page, "| command |"));
        Assert.Equal(
            EventTypes.All.Select(e => $"{e.Key} | {string.Join(' ', e.Value)}"), Rows(page, "| event |"));
        Assert.Equal(
            SchemaField.Of(Schemas.ExecutionEvent).Take(SinkTables.EventColumns.Count)
                .Select(f => $"{f.Name} | {f.Type}{(f.IsNullable ? ", nullable" : "")} | {Column(f.Type)}"),
            Rows(page, "| column |"));
        var json = JsonLine().Match(page).Groups[1].Value.Replace("`", "", StringComparison.Ordinal);
        Assert.Equal(Command.JsonFields.Order(), json.Split(' ').Order());
    }

    private static (string Schema, Type Type) Record(string schema) => schema switch
    {
        "Command" => (Schemas.Command, typeof(Command)),
        "ExecutionEvent" => (Schemas.ExecutionEvent, typeof(ExecutionEvent)),
        "Task" => (Schemas.Task, typeof(TaskRecord)),
        _ => (Schemas.Playbook, typeof(PlaybookRecord)),
    };

    private static string TypeOf(PropertyInfo property)
    {
        var underlying = Nullable.GetUnderlyingType(property.PropertyType);
        var isNullable = underlying is not null || Nullability.Create(property).WriteState == NullabilityState.Nullable;
        var name = (underlying ?? property.PropertyType).Name switch
        {
            "String" => "string",
            "Int32" => "int",
            "Int64" => "long",
            "Boolean" => "boolean",
            "Timestamp" => "timestamp-micros",
            var other => $"no Avro type for {other}",
        };
        return $"{name}{(isNullable ? ", nullable" : "")}";
    }

    private static string Column(string avro) => avro switch
    {
        "string" => "text",
        "int" => "integer",
        "long" => "bigint",
        "timestamp-micros" => "timestamp with time zone",
        _ => $"no column type for {avro}",
    };

    private static string SnakeCase(string name) => WordStart().Replace(name, "_$0").ToLowerInvariant();

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral)
            .Select(f => (string)f.GetRawConstantValue()!);

    /// <summary>The rows below a table's head, without backticks and outer bars.</summary>
    private static IEnumerable<string> Rows(string page, string head) =>
        page.Split('\n').SkipWhile(line => !line.StartsWith(head, StringComparison.Ordinal)).Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => string.Join(" | ", line.Trim('|').Split('|').Select(cell => cell.Replace("`", "", StringComparison.Ordinal).Trim())));

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex WordStart();

    [GeneratedRegex(@"^JSON-valued: ([^.]*)\.", RegexOptions.Multiline)]
    private static partial Regex JsonLine();
}
