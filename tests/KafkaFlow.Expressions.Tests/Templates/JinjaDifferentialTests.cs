using KafkaFlow.Testing;

namespace KafkaFlow.Expressions.Tests.Templates;

/// <summary>jinja2 is the oracle: both render the same templates over the same data.</summary>
[Trait("needs", "shared")]
public sealed class JinjaDifferentialTests(ITestOutputHelper output)
{
    private const int ContextsPerTemplate = 20;

    [Fact]
    [Trait("tier", "fast")]
    public void Two_thousand_random_templates_give_what_jinja_gives() => Compare(2_000, TestSeed.Next());

    [Fact]
    [Trait("tier", "long")]
    public void Twenty_thousand_random_templates_give_what_jinja_gives() => Compare(24_000, TestSeed.Next() + 1);

    [Fact]
    [Trait("tier", "fast")]
    public void Every_template_of_the_reference_playbooks_gives_what_jinja_gives()
    {
        string directory = TestEnvironment.RequireShared("noetl-playbooks");
        using JinjaOracle oracle = JinjaOracle.StartOrSkip();
        IReadOnlyList<string> templates = oracle.Walk(directory);
        Assert.Equal(234, templates.Count);
        var neverRendered = new List<string>();
        int seed = TestSeed.Next();
        output.WriteLine($"seed {seed}");
        foreach (string template in templates)
        {
            bool rendered = false;
            foreach (string context in oracle.Contexts(template, ContextsPerTemplate, seed))
                rendered |= Check(oracle, template, context, IsSingle(template)) == Outcome.Same;
            if (!rendered)
                neverRendered.Add(template);
        }
        Assert.Empty(neverRendered);
    }

    private enum Outcome
    {
        Same, BothFail, Intended, Differs,
    }

    private void Compare(int count, int seed)
    {
        output.WriteLine($"seed {seed}");
        using JinjaOracle oracle = JinjaOracle.StartOrSkip();
        var generator = new TemplateGenerator(new Random(seed));
        var outcomes = new int[4];
        string context = generator.Context();
        for (int i = 0; i < count; i++)
        {
            if (i % 5 == 0)
                context = generator.Context();
            bool single = i % 2 == 0;
            outcomes[(int)Check(oracle, single ? generator.Single() : generator.Mixed(), context, single)]++;
        }
        output.WriteLine($"{outcomes[0]} same, {outcomes[1]} fail in both, {outcomes[2]} differ by intent, {outcomes[3]} differ");
        Assert.Equal(0, outcomes[3]);
        Assert.True(outcomes[2] < count / 50, "too many intended differences to compare much");
        Assert.True(outcomes[0] > count / 2, "the generator makes mostly failing templates");
    }

    private Outcome Check(JinjaOracle oracle, string template, string context, bool single)
    {
        string? expected = oracle.Render(template, context, single);
        (ExpressionScope scope, Bound variables) = Bound.Of(context);
        var wider = new ExpressionScope([.. scope.Names, "absent", "w"]);
        Template? compiled = Template.TryCompile(template, wider, lenientUndefined: false, out ExpressionDiagnostic? problem);
        Value value = compiled?.Evaluate(new WithAbsent(variables, scope.Names.Count)) ?? default;
        bool failed = compiled is null || value.IsError;
        string? found = failed ? null : single ? value.ToJson() : value.AsString;
        if (expected == found)
            return failed ? Outcome.BothFail : Outcome.Same;
        // The argument of default is evaluated only if it is needed; jinja2 fails over one that is not.
        if (expected is null && template.Contains("default(", StringComparison.Ordinal))
            return Outcome.Intended;
        // A list or map cannot hold a missing value.
        bool missing = value.Error?.Code is "missing_name" or "no_such_key" or "index_out_of_range";
        if (missing && (template.Contains("{'k'", StringComparison.Ordinal) || template.Contains("[i1, ", StringComparison.Ordinal)))
            return Outcome.Intended;
        output.WriteLine($"DIFFERS {template}\n  over {context}\n  jinja {expected ?? oracle.LastError}\n  here  {found ?? problem?.ToString() ?? value.Error?.ToString()}");
        return Outcome.Differs;
    }

    private static bool IsSingle(string template)
    {
        string text = template.Trim();
        return text.StartsWith("{{", StringComparison.Ordinal) && text.IndexOf("}}", StringComparison.Ordinal) == text.Length - 2;
    }

    private sealed class WithAbsent(Bound inner, int absent) : IVariables
    {
        public Value Get(int slot) => slot >= absent ? Value.Missing : inner.Get(slot);
    }
}
