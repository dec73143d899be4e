namespace KafkaFlow.Doctor.Tests;

[Trait("tier", "fast")]
public sealed class ReportTests
{
    private static readonly DoctorReport Report = new(
    [
        new("a", CheckStatus.Ok, "fine", ">= 1", null),
        new("long_name", CheckStatus.Fail, "broken", "whole", "mend it"),
        new("b", CheckStatus.Warn, "so so", null, "look"),
        new("c", CheckStatus.Skipped, "not asked", null, null),
    ]);

    [Fact]
    public void As_json_it_has_the_documented_form() => Assert.Equal(
        """
        {"ok":false,"checks":[
        {"name":"a","status":"ok","found":"fine","expected":"\u003E= 1","fix":null},
        {"name":"long_name","status":"fail","found":"broken","expected":"whole","fix":"mend it"},
        {"name":"b","status":"warn","found":"so so","expected":null,"fix":"look"},
        {"name":"c","status":"skipped","found":"not asked","expected":null,"fix":null}]}
        """.Replace("\n", "", StringComparison.Ordinal), Report.ToJson().ToJsonString());

    [Fact]
    public void As_text_it_is_aligned_and_says_what_mends()
    {
        using var text = new StringWriter();
        Report.WriteText(text);
        Assert.Equal(
            """
            ok       a          fine
            fail     long_name  broken
                                expected: whole
                                fix: mend it
            warn     b          so so
                                fix: look
            skipped  c          not asked
            1 ok, 1 warn, 1 fail, 1 skipped

            """, text.ToString());
    }

    [Fact]
    public void Warnings_do_not_make_it_fail() =>
        Assert.True(new DoctorReport([Report.Checks[0], Report.Checks[2], Report.Checks[3]]).Ok);
}
