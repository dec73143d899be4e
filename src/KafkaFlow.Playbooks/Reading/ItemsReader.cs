using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>Reads an iterator: the list, which of its items in which order, and the task that each runs.</summary>
internal sealed class ItemsReader(ExpressionReader expressions, TaskReader tasks, DiagnosticList problems)
{
    private const int DefaultConcurrency = 8;

    /// <param name="draft">What is known of the step; null parts of the result have been reported.</param>
    public ToolDraft Read(MapFields fields, ToolDraft draft, MentionSet mentions, int depth)
    {
        var collection = Collection(fields, mentions);
        var element = Element(fields);
        var limit = fields["limit"] is { } most ? Limit(most, mentions) : null;
        var (errors, tolerated) = fields["on_error"] is { } node ? OnError(node) : (ItemErrors.Fail, 0);
        var chunk = fields["chunk"] is { } size
            ? ScalarReading.Count(size, "chunk", 1, PlaybookLimits.MaxItems, problems) : null;
        var enumerate = fields["enumerate"] is { } flag
            && ScalarReading.Flag(flag, "enumerate", problems) == true;
        var concurrency = Concurrency(fields);
        expressions.Enter(element);
        var (order, descending) = fields["order_by"] is { } by ? Order(by, mentions) : (null, false);
        var where = fields["where"] is { } condition ? expressions.Condition(condition, mentions) : null;
        var task = fields.Require("task", "task: {tool: NAME, ..} is what each item runs") is { } inner
            ? tasks.Read(inner, mentions, depth + 1) : null;
        expressions.Leave();
        if (task is not var (body, tool) || collection is null) return draft;
        return draft with
        {
            Body = tool,
            Items = new()
            {
                Collection = collection, Element = element, Concurrency = concurrency, Where = where,
                OrderBy = order, Descending = descending, Limit = limit, Chunk = chunk, Enumerate = enumerate,
                OnError = errors, Tolerated = tolerated, Body = body,
            },
        };
    }

    private TemplateTree? Collection(MapFields fields, MentionSet mentions)
    {
        if (fields.Require("collection", "collection: \"{{ workload.items }}\"") is not { } node) return null;
        if (node is YamlMap or YamlList) return expressions.Tree(node, mentions);
        if (node is not YamlScalar { IsText: true })
        {
            problems.WrongType(node, "collection", "a template that gives a list, or a list",
                "collection: \"{{ workload.items }}\"");
            return null;
        }
        var tree = expressions.Tree(node, mentions);
        if (tree is TemplateTree.Literal)
            problems.Error(node.At, DiagnosticCodes.BadValue, "collection is a text and no list",
                ((YamlScalar)node).Text, "a template that gives a list, or a list",
                $"write \"{{{{ {((YamlScalar)node).Text} }}}}\" for a value of that name");
        return tree;
    }

    private string Element(MapFields fields)
    {
        if (fields["element"] is not { } node) return ScopeNames.DefaultElement;
        if (ScalarReading.Text(node, "element", problems) is not { } name) return ScopeNames.DefaultElement;
        if (!ScopeNames.IsIdentifier(name))
            problems.Error(node.At, DiagnosticCodes.BadName, $"'{name}' is no name that expressions can use", name,
                "a letter or _, then letters, digits and _");
        else if (name != ScopeNames.DefaultElement && ScopeNames.BuiltIn.Contains(name))
            problems.Error(node.At, DiagnosticCodes.BadName, $"'{name}' is the engine's own name", name,
                "another name", "element: item, or what an item is");
        else if (expressions.IsStep(name))
            problems.Error(node.At, DiagnosticCodes.BadName, $"'{name}' is the name of a step", name,
                "another name", "name it after what an item is");
        else if (expressions.IsWorkloadKey(name))
            problems.Warn(node.At, DiagnosticCodes.ShadowedName,
                $"in expressions '{name}' is the item of an iterator and not the workload key of that name", name,
                "another name", $"write workload.{name} for the key");
        return name;
    }

    private int? Concurrency(MapFields fields)
    {
        var mode = fields["mode"] is { } word
            ? ScalarReading.Word(word, "mode", ["sequential", "async", "parallel"], problems) : null;
        var given = fields["concurrency"] is { } node
            ? ScalarReading.Count(node, "concurrency", 1, PlaybookLimits.MaxConcurrency, problems) : null;
        if (mode is "async" or "parallel") return given ?? DefaultConcurrency;
        if (given > 1 && fields["mode"] is null or YamlScalar { Text: "sequential" })
            problems.Error(fields.Entry("concurrency")!.Key.At, DiagnosticCodes.ConflictingKeys,
                $"concurrency is {given} and mode is sequential", $"concurrency: {given}", "concurrency: 1",
                "write mode: async for several items at once");
        return 1;
    }

    private TemplateTree? Limit(YamlNode node, MentionSet mentions)
    {
        if (node is YamlScalar { IsText: true } && expressions.Tree(node, mentions) is TemplateTree.Text template)
            return template;
        return ScalarReading.Count(node, "limit", 0, int.MaxValue, problems) is null
            ? null : expressions.Tree(node, mentions);
    }

    private (TemplateTree? By, bool Descending) Order(YamlNode node, MentionSet mentions)
    {
        if (node is not YamlMap map) return (expressions.Calculation(node, "order_by", mentions), false);
        var fields = MapFields.Of(map, Dialect.OrderBy, problems);
        var by = fields.Require("by", "order_by: {by: item.name, descending: true}") is { } key
            ? expressions.Calculation(key, "order_by.by", mentions) : null;
        var descending = fields["descending"] is { } flag
            && ScalarReading.Flag(flag, "order_by.descending", problems) == true;
        return (by, descending);
    }

    private (ItemErrors Kind, int Tolerated) OnError(YamlNode node)
    {
        if (node is YamlMap map)
        {
            if (MapFields.Of(map, Dialect.Tolerate, problems).Require("tolerate", "on_error: {tolerate: 3}")
                is not { } count) return (ItemErrors.Fail, 0);
            return (ItemErrors.Tolerate,
                ScalarReading.Count(count, "on_error.tolerate", 0, PlaybookLimits.MaxItems, problems) ?? 0);
        }
        var word = ScalarReading.Word(node, "on_error", ["fail", "collect"], problems, "{tolerate: n}");
        return (word == "collect" ? ItemErrors.Collect : ItemErrors.Fail, 0);
    }
}
